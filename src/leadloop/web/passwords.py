"""Hashing and checking passwords with argon2id, in threads: two at once, and a bounded queue behind them."""

import asyncio
import contextlib
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import TypeVar

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from leadloop.core.errors import Overloaded, Problem
from leadloop.core.people.model import LONGEST_PASSWORD, SHORTEST_PASSWORD

T = TypeVar("T")

AT_ONCE, MOST_WAITING = 2, 40
"""One check takes some 0.1 s of a core: the last of the queue waits two seconds."""
_HASHER = PasswordHasher(time_cost=2, memory_cost=19 * 1024, parallelism=1)
_DUMMY = "$argon2id$v=19$m=19456,t=2,p=1$6mIHpXdxufCZwxpA3J958A$QkpLF7wX8nVPgKH+j9OT/Z2sK72zEzYnsaZAtZr0fJ0"
"""Checked where there is no hash, so that the answer takes as long. No password matches it."""


class Passwords:
    def __init__(self) -> None:
        self._threads = ThreadPoolExecutor(AT_ONCE, "passwords")
        self._pending = 0

    async def hash(self, password: str) -> str:
        """Raises `Overloaded`."""
        return await self._run(partial(_HASHER.hash, password))

    async def check(self, password: str, password_hash: str | None) -> bool:
        """Whether the password is the one of the hash. Takes as long without a hash. Raises `Overloaded`."""
        matches = await self._run(partial(_matches, password, password_hash or _DUMMY))
        return matches and password_hash is not None

    async def _run(self, work: Callable[[], T]) -> T:
        if self._pending >= AT_ONCE + MOST_WAITING:
            raise Overloaded(Problem("too_many_sign_ins"), retry_after_s=2)
        self._pending += 1
        try:
            return await asyncio.get_running_loop().run_in_executor(self._threads, work)
        finally:
            self._pending -= 1


def password_problem(password: str) -> Problem | None:
    """What is wrong with a new password, if anything."""
    if len(password) < SHORTEST_PASSWORD:
        return Problem("password_short", "/password", length=SHORTEST_PASSWORD)
    if len(password) > LONGEST_PASSWORD:
        return Problem("password_long", "/password", length=LONGEST_PASSWORD)
    return None


def _matches(password: str, password_hash: str) -> bool:
    if len(password) > LONGEST_PASSWORD:
        password = ""  # as slow as any other
    with contextlib.suppress(VerificationError, InvalidHashError):
        return _HASHER.verify(password_hash, password)
    return False
