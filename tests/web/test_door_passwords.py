"""Hashing of passwords: the strength of the contract, as much work without a hash, and a bounded queue."""

import asyncio
import threading

import pytest
from argon2 import Type, extract_parameters

from leadloop.core.errors import Overloaded
from leadloop.web import passwords
from leadloop.web.passwords import AT_ONCE, MOST_WAITING, Passwords


async def test_hashes_have_the_strength_of_the_contract_and_the_stand_in_costs_as_much() -> None:
    parameters = extract_parameters(await Passwords().hash("ten letters"))
    strength = (parameters.type, parameters.memory_cost, parameters.time_cost, parameters.parallelism)
    assert strength == (Type.ID, 19 * 1024, 2, 1)
    assert extract_parameters(passwords._DUMMY) == parameters


async def test_no_password_matches_without_a_hash() -> None:
    checker = Passwords()
    stored = await checker.hash("ten letters")
    assert await checker.check("ten letters", stored)
    for password, password_hash in (
        ("ten lettersx", stored),
        ("ten letters", None),
        ("", None),
        ("ten letters" + "x" * 1_000_000, stored),
        ("ten letters", "damaged"),
    ):
        assert not await checker.check(password, password_hash)


async def test_two_are_checked_at_once_and_the_queue_behind_them_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    running, most = 0, 0

    def count(password: str, password_hash: str) -> bool:
        nonlocal running, most
        running += 1
        most = max(most, running)
        released.wait()
        running -= 1
        return False

    released = threading.Event()
    monkeypatch.setattr(passwords, "_matches", count)
    checker = Passwords()
    checks = [asyncio.create_task(checker.check("x", None)) for _ in range(AT_ONCE + MOST_WAITING + 3)]
    await asyncio.sleep(0.05)
    refused = [check for check in checks if check.done()]
    assert len(refused) == 3
    assert all(isinstance(check.exception(), Overloaded) for check in refused)
    released.set()
    assert await asyncio.gather(*(check for check in checks if check not in refused)) == [False] * 42
    assert most == AT_ONCE
