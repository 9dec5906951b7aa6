"""Guessing passwords: an address is refused for a while, a person is only delayed, and nobody learns who exists."""

import asyncio
import time

from lab.door import Door, open_door
from lab.site import PASSWORD
from leadloop.web.throttle import FAILURES, WINDOW_MS, SignInAttempt

WRONG = "not the password"


async def attempt(door: Door, email: str, password: str = WRONG, address: str = "203.0.113.9") -> int:
    browser = door.browser(address=address)
    answer = await browser.post("/app/sign-in", data={"email": email, "password": password})
    if answer.status_code == 429:
        assert 0 < int(answer.headers["retry-after"]) <= WINDOW_MS // 1000
    return answer.status_code


async def test_an_address_is_refused_after_ten_failures_for_a_quarter_of_an_hour(door_database: str) -> None:
    async with open_door(door_database) as door:
        person = await door.add_person((await door.add_account()).id)
        guesses = [attempt(door, f"nobody{number}@example.com") for number in range(FAILURES)]
        assert await asyncio.gather(*guesses) == [422] * FAILURES
        assert await attempt(door, person.email, PASSWORD) == 429
        assert await attempt(door, person.email, PASSWORD, "203.0.113.10") == 303
        door.pass_ms(WINDOW_MS)
        assert await attempt(door, person.email, PASSWORD) == 303


async def test_concurrent_guesses_of_an_address_count_too(door_database: str) -> None:
    async with open_door(door_database) as door:
        guesses = [attempt(door, f"other{number}@example.com", address="203.0.113.20") for number in range(20)]
        assert sorted(await asyncio.gather(*guesses)) == [422] * FAILURES + [429] * FAILURES


async def test_addresses_of_one_ipv6_network_count_as_one(door_database: str) -> None:
    async with open_door(door_database) as door:
        for number in range(FAILURES):
            assert await attempt(door, f"six{number}@example.com", address=f"2001:db8:0:1::{number}") == 422
        assert await attempt(door, "six@example.com", address="2001:db8:0:1:ffff::1") == 429
        assert await attempt(door, "six@example.com", address="2001:db8:0:2::1") == 422


async def test_a_person_is_delayed_but_never_locked_out(door_database: str) -> None:
    async with open_door(door_database) as door:
        person = await door.add_person((await door.add_account()).id)
        for number in range(5):
            assert await attempt(door, person.email, address=f"192.0.2.{number}") == 422
        begun = time.monotonic()
        assert await attempt(door, person.email, PASSWORD, "192.0.2.100") == 303
        assert time.monotonic() - begun >= 0.9
        delays = SignInAttempt(door.store, lambda: door.now_ms, "192.0.2.101", person.email)
        begun = time.monotonic()
        await delays.wait()
        assert time.monotonic() - begun < 0.9  # the sign-in has cleared the person's failures


async def test_the_answer_is_the_same_whether_the_instance_knows_the_e_mail(door_database: str) -> None:
    async with open_door(door_database) as door:
        account = await door.add_account()
        known = await door.add_person(account.id)
        invited = await door.add_person(account.id, password_hash=None)
        pages = []
        for number, email in enumerate((known.email, invited.email, "stranger@example.com", "no e-mail")):
            browser = door.browser(address=f"192.0.2.{150 + number}")
            answer = await browser.post("/app/sign-in", data={"email": email, "password": WRONG})
            assert answer.status_code == 422
            lines = [line for line in answer.text.splitlines() if "nonce=" not in line]
            pages.append([line.replace(email, "") for line in lines])
        assert pages[0] == pages[1] == pages[2] == pages[3]


async def test_no_password_is_ever_in_the_answer(door_database: str) -> None:
    async with open_door(door_database) as door:
        person = await door.add_person((await door.add_account()).id)
        browser = door.browser(address="192.0.2.200")
        answer = await browser.post("/app/sign-in", data={"email": person.email, "password": "a wrong secret"})
        assert "a wrong secret" not in answer.text
