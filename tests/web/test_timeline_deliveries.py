"""The webhooks of a lead's changes, on its timeline: to where, and what became of each, in words."""

import re

import httpx
from msgspec import structs

from lab.door import Door, open_door
from lab.stores import create, update, write_of
from leadloop.webhooks.endpoints import Endpoint
from leadloop.webhooks.health import Health
from leadloop.webhooks.ports import ClaimRequest, CompletedAttempt, StoredEndpoint
from leadloop.webhooks.sign import Secret
from tests.web.pages import text_of
from tests.web.test_door_sessions import new_owner, sign_in

HOUR_MS = 3_600_000
NAMED, PLAIN, PAUSED = "a" * 24, "b" * 24, "c" * 24


async def add_endpoint(door: Door, account_id: str, endpoint_id: str, url: str, description: str = "") -> None:
    endpoint = Endpoint(
        account_id=account_id, id=endpoint_id, url=url, description=description, created_at_ms=1, updated_at_ms=1
    )
    await door.store.endpoints.add(StoredEndpoint(endpoint, [Secret("v1:sealed")]), 10)


async def finish(door: Door, account_id: str, endpoint_id: str, state: str, due_at_ms: int = 0) -> None:
    """The result of the attempt that is due."""
    request = ClaimRequest(account_id, endpoint_id, 1)
    (claim,) = await door.store.deliveries.claim([request], "t", door.now_ms, door.now_ms + 60_000)
    completed = CompletedAttempt(claim, state, claim.attempts + 1, due_at_ms, None)  # type: ignore[arg-type]
    await door.store.deliveries.finish([completed], door.now_ms)


async def test_each_state_is_said_in_words(door_database: str) -> None:
    async with open_door(door_database) as door:
        person = await new_owner(door)
        ((membership, _),) = await door.store.memberships.of_person(person.id)
        account_id = membership.account_id
        await add_endpoint(door, account_id, NAMED, "https://user-7.hooks.example.com/x?token=secret", "Our CRM")
        await add_endpoint(door, account_id, PLAIN, "https://b.example.com:8443/hook")
        lead = await create(door.store, write_of(account_id, door.now_ms), name="Ana")
        await finish(door, account_id, NAMED, "done")
        await finish(door, account_id, PLAIN, "failed")
        door.pass_ms(HOUR_MS)
        await add_endpoint(door, account_id, PAUSED, "https://c.example.com/")
        await door.store.endpoints.change(
            account_id,
            PAUSED,
            lambda stored: stored.with_health(structs.replace(Health(), state="paused")),
        )
        await update(door.store, write_of(account_id, door.now_ms), lead.id, detail="x")
        await finish(door, account_id, NAMED, "pending", door.now_ms + HOUR_MS)

        browser = door.browser()
        await sign_in(browser, person)
        path = f"/app/{account_id}/leads/{lead.id}"
        for show in ("all", "webhooks"):
            answer = await browser.get(f"{path}?show={show}")
            newest, first = re.split(r'<li id="c1">', answer.text)
            texts = [text_of(httpx.Response(200, text=part)) for part in (newest, first)]
            assert "3 webhooks: 3 waiting" in texts[0] and "next attempt" in texts[0]
            assert "until the endpoint is active again" in texts[0] and "c.example.com" in texts[0]
            assert "2 webhooks:" in texts[1] and "delivered Our CRM user-7.hooks.example.com" in texts[1]
            assert "failed b.example.com" in texts[1]
            assert "secret" not in answer.text and "/hook" not in answer.text
            assert ("1 field" in texts[0]) == (show == "all")
        assert "No webhooks" not in (await browser.get(f"{path}?show=webhooks")).text


async def test_many_deliveries_of_one_change_are_all_told(door_database: str) -> None:
    async with open_door(door_database) as door:
        person = await new_owner(door)
        ((membership, _),) = await door.store.memberships.of_person(person.id)
        account_id = membership.account_id
        for number in range(8):
            await add_endpoint(door, account_id, f"{number}" * 24, f"https://e{number}.example.com/")
        lead = await create(door.store, write_of(account_id, door.now_ms), name="Ana")
        for number in range(40):
            door.pass_ms(10 * 60_000)
            await update(door.store, write_of(account_id, door.now_ms), lead.id, detail=f"{number}")
        browser = door.browser()
        await sign_in(browser, person)
        text, told = (await browser.get(f"/app/{account_id}/leads/{lead.id}?show=webhooks")).text, 0
        while True:
            told += text.count("8 webhooks: 8 waiting")
            link = re.search(r'<a class="btn small" href="[^"]+" hx-get="([^"]+)"', text)
            if link is None:
                break
            text = (await browser.get(link[1].replace("&amp;", "&"))).text
        assert told == 41
