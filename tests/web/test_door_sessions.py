"""Sessions: a new secret at each sign-in, stored only by its digest, and every way to their end."""

import httpx
from msgspec import structs

from lab.databases import rows
from lab.door import Door, open_door
from lab.site import PASSWORD
from leadloop.core.people.model import MemberState, Person
from leadloop.core.people.roles import Role
from leadloop.core.people.tokens import digest_of
from leadloop.settings import Settings
from leadloop.web.sessions import DAY_MS, HOUR_MS

MINUTE_MS = 60_000


async def sign_in(browser: httpx.AsyncClient, person: Person, password: str = PASSWORD) -> httpx.Response:
    return await browser.post("/app/sign-in", data={"email": person.email, "password": password})


async def is_signed_in(browser: httpx.AsyncClient) -> bool:
    location = (await browser.get("/app")).headers["location"]
    return not location.startswith("/app/sign-in")


async def new_owner(door: Door) -> Person:
    return await door.add_person((await door.add_account()).id)


async def test_a_session_begins_with_a_new_cookie_of_which_only_the_digest_is_stored(door_database: str) -> None:
    async with open_door(door_database) as door:
        person = await new_owner(door)
        browser = door.browser(user_agent="A browser" * 50)
        assert not await is_signed_in(browser)
        answer = await sign_in(browser, person)
        assert (answer.status_code, answer.headers["location"]) == (303, "/app")
        cookie = answer.headers["set-cookie"]
        value = browser.cookies["leadloop"]
        token = value.partition(".")[0]
        assert cookie == f"leadloop={value}; Path=/; Max-Age=604800; HttpOnly; SameSite=Lax"
        assert await is_signed_in(browser)
    stored = rows(door_database, "SELECT * FROM sessions")
    texts = [
        bytes(cell) if isinstance(cell, bytes | memoryview) else str(cell).encode() for row in stored for cell in row
    ]
    assert digest_of(token) in texts
    assert not any(token.encode() in text for text in texts)


async def test_a_planted_cookie_never_becomes_a_session(door_database: str) -> None:
    """Session fixation: whoever knows the cookie from before knows nothing afterwards."""
    async with open_door(door_database) as door:
        person = await new_owner(door)
        victim, attacker = door.browser(), door.browser()
        for browser in (victim, attacker):
            browser.cookies.set("leadloop", "planted", domain="127.0.0.1")
        await sign_in(victim, person)
        assert await is_signed_in(victim)
        assert not await is_signed_in(attacker)


async def test_signing_in_again_ends_the_session_of_before(door_database: str) -> None:
    async with open_door(door_database) as door:
        person = await new_owner(door)
        browser, copy = door.browser(), door.browser()
        await sign_in(browser, person)
        copy.cookies.set("leadloop", browser.cookies["leadloop"], domain="127.0.0.1")
        assert await is_signed_in(copy)
        await sign_in(browser, person)
        assert await is_signed_in(browser)
        assert not await is_signed_in(copy)


async def test_an_idle_session_ends_and_a_used_one_goes_on(door_database: str) -> None:
    async with open_door(door_database, Settings(session_idle_hours=2)) as door:
        person = await new_owner(door)
        used, idle = door.browser(), door.browser()
        await sign_in(used, person)
        await sign_in(idle, person)
        for _ in range(4):
            door.pass_ms(HOUR_MS - 1)
            assert await is_signed_in(used)
        assert not await is_signed_in(idle)
        door.pass_ms(2 * HOUR_MS)
        assert not await is_signed_in(used)


async def test_a_session_ends_after_days_however_much_it_is_used(door_database: str) -> None:
    async with open_door(door_database, Settings(session_days=1)) as door:
        person = await new_owner(door)
        browser = door.browser()
        await sign_in(browser, person)
        for _ in range(4):
            door.pass_ms(6 * HOUR_MS - 1)
            assert await is_signed_in(browser)
        door.pass_ms(4)
        assert not await is_signed_in(browser)
        assert DAY_MS == 24 * HOUR_MS


async def test_the_use_of_a_session_is_recorded_once_a_minute(door_database: str) -> None:
    async with open_door(door_database) as door:
        person = await new_owner(door)
        browser = door.browser()
        await sign_in(browser, person)
        digest, began_ms = digest_of(browser.cookies["leadloop"].partition(".")[0]), door.now_ms

        async def seen_ms() -> int:
            pair = await door.store.sessions.get(digest)
            assert pair is not None
            return pair[0].seen_at_ms

        door.pass_ms(MINUTE_MS - 1)
        assert await is_signed_in(browser)
        assert await seen_ms() == began_ms
        door.pass_ms(1)
        assert await is_signed_in(browser)
        assert await seen_ms() == door.now_ms


async def test_signing_out_ends_the_session_itself(door_database: str) -> None:
    async with open_door(door_database) as door:
        person = await new_owner(door)
        browser, copy = door.browser(), door.browser()
        await sign_in(browser, person)
        copy.cookies.set("leadloop", browser.cookies["leadloop"], domain="127.0.0.1")
        answer = await browser.post("/app/sign-out")
        assert (answer.status_code, answer.headers["location"]) == (303, "/app/sign-in")
        assert answer.headers["clear-site-data"] == '"cache", "storage"'
        assert "Max-Age=0" in answer.headers["set-cookie"]
        assert "leadloop" not in browser.cookies
        assert not await is_signed_in(copy)


async def test_signing_out_everywhere_ends_all_sessions_of_the_person_and_no_others(door_database: str) -> None:
    async with open_door(door_database) as door:
        account = await door.add_account()
        person, colleague = await door.add_person(account.id), await door.add_person(account.id)
        phone, desk, other = door.browser(), door.browser(), door.browser()
        for browser, who in ((phone, person), (desk, person), (other, colleague)):
            await sign_in(browser, who)
        assert (await phone.post("/app/sign-out/everywhere")).status_code == 303
        assert [await is_signed_in(browser) for browser in (phone, desk, other)] == [False, False, True]


async def test_a_change_of_role_state_or_membership_counts_at_once(door_database: str) -> None:
    async with open_door(door_database) as door:
        account = await door.add_account()
        await door.add_person(account.id)
        person = await door.add_person(account.id)
        browser = door.browser()
        await sign_in(browser, person)
        events, start = f"/app/{account.id}/events", f"/app/{account.id}"
        assert (await browser.get(start)).status_code == 303

        async def set_membership(**fields: object) -> None:
            change = lambda membership, owners: structs.replace(membership, **fields)  # noqa: E731
            await door.store.memberships.change(account.id, person.id, change)

        before = browser.cookies["leadloop"]
        assert (await browser.get(start)).status_code == 303
        assert browser.cookies["leadloop"] == before
        await set_membership(role=Role.AGENT)
        assert (await browser.get(start)).headers["location"] == f"/app/{account.id}/leads"
        assert browser.cookies["leadloop"] != before
        copy = door.browser()
        copy.cookies.set("leadloop", before, domain="127.0.0.1")
        assert not await is_signed_in(copy)
        await set_membership(state=MemberState.DISABLED)
        assert (await browser.get(start)).status_code == 404
        assert (await browser.get(events)).status_code == 404
        await set_membership(state=MemberState.ACTIVE, signed_out_at_ms=door.now_ms)
        assert (await browser.get(start)).headers["location"].startswith("/app/sign-in")
        door.pass_ms(1)
        await sign_in(browser, person)
        assert (await browser.get(start)).status_code == 303
