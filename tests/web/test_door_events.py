"""Event streams over a real server: what moved, never what is in it; and their ends."""

import asyncio
import json
import os
import signal
import time
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from msgspec import structs

from lab.door import open_door
from lab.server import Leadloop, running
from lab.site import Site
from leadloop.core.people.model import MemberState
from leadloop.core.people.roles import Role
from leadloop.server.limits import LIMITS
from leadloop.web import event_stream, live
from leadloop.web.sessions import HOUR_MS
from tests.conftest import new_database
from tests.web.test_door_sessions import sign_in

HOSTILE = "do not show"


@contextmanager
def stream(site: Site, who: str = "owner", account_id: str = "", **headers: str) -> Iterator[Iterator[str]]:
    """The lines of a stream of the account."""
    path = f"/app/{account_id or site.account_id}/events"
    with site.http(site.cookies(who)) as http, http.stream("GET", path, headers=headers) as answer:
        assert answer.status_code == 200
        assert answer.headers["content-type"].startswith("text/event-stream")
        yield answer.iter_lines()


def next_event(lines: Iterator[str]) -> dict[str, str]:
    """The fields of the next event; comments are passed over."""
    fields: dict[str, str] = {}
    for line in lines:
        name, _, value = line.partition(": ")
        if not line and "event" in fields:
            return fields
        if name in ("event", "id", "data"):
            fields[name] = value
    raise AssertionError("the stream ended")


def open_line(lines: Iterator[str]) -> None:
    for line in lines:
        if line == ": open":
            return


def test_a_change_moves_the_page_with_position_and_id_and_nothing_else(site: Site) -> None:
    client = site.server.client(account_id=site.account_id)
    with stream(site) as lines:
        open_line(lines)
        begun = time.monotonic()
        lead = client.new_lead(name=HOSTILE)
        event = next_event(lines)
        assert time.monotonic() - begun < 10
        assert event["event"] == "moved"
        assert json.loads(event["data"]) == {"leads": [lead.removeprefix("lead_")]}
        assert event["id"].isdecimal()
        assert HOSTILE not in str(event)
    client.close()


def test_a_stream_takes_up_where_another_was_cut_off(site: Site) -> None:
    client = site.server.client(account_id=site.account_id)
    with stream(site) as lines:
        open_line(lines)
        client.new_lead(name="Ana")
        last = next_event(lines)["id"]
    missed = [client.new_lead(name=f"Ana {number}").removeprefix("lead_") for number in range(3)]
    with stream(site, **{"Last-Event-ID": last}) as lines:
        assert json.loads(next_event(lines)["data"])["leads"] == missed
    for number in range(51):
        client.new_lead(name=f"Bia {number}")
    with stream(site, **{"Last-Event-ID": last}) as lines:
        event = next_event(lines)
        assert (event["id"], json.loads(event["data"])) == (str(int(last) + 54), {"leads": "many"})
    client.close()


@pytest.mark.parametrize("last", ["999999999999", "-1", "x", "1" * 30])
def test_a_position_that_never_was_begins_at_the_current_one(site: Site, last: str) -> None:
    """With `many`, if it is no position: the page may have missed anything."""
    client = site.server.client(account_id=site.account_id)
    with stream(site, **{"Last-Event-ID": last}) as lines:
        open_line(lines)
        if last != "999999999999":
            assert json.loads(next_event(lines)["data"])["leads"] == "many"
        lead = client.new_lead(name="Ana").removeprefix("lead_")
        assert json.loads(next_event(lines)["data"])["leads"] == [lead]
    client.close()


def test_another_account_is_not_found(site: Site) -> None:
    with site.http(site.cookies("stranger")) as http:
        assert http.get(f"/app/{site.account_id}/events").status_code == 404


@pytest.mark.parametrize("end", ["sign out", "role", "disabled", "idle", "nothing"])
async def test_a_stream_ends_soon_after_its_visitor_may_no_longer_see_it(
    door_database: str, end: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(event_stream, "RECHECK_S", 0.0)
    monkeypatch.setattr(live, "KEEP_ALIVE_S", 0.02)
    async with open_door(door_database) as door:
        account = await door.add_account()
        await door.add_person(account.id)
        person = await door.add_person(account.id)
        browser = door.browser()
        await sign_in(browser, person)
        sent: asyncio.Queue[bytes] = asyncio.Queue()
        reading = asyncio.create_task(door.read_stream(browser, f"/app/{account.id}/events", sent))
        assert b": open" in await sent.get()
        assert await sent.get() == b": quiet\n\n"
        if end == "sign out":
            await browser.post("/app/sign-out")
        elif end == "idle":
            door.pass_ms(12 * HOUR_MS)
        elif end != "nothing":
            fields = {"role": Role.AGENT} if end == "role" else {"state": MemberState.DISABLED}
            change = lambda membership, owners: structs.replace(membership, **fields)  # noqa: E731
            await door.store.memberships.change(account.id, person.id, change)
        if end == "nothing":
            assert [await sent.get() for _ in range(5)] == [b": quiet\n\n"] * 5
            reading.cancel()
            return
        await asyncio.wait_for(reading, 30)
        pieces = [sent.get_nowait() for _ in range(sent.qsize())]
        assert pieces[-2:] == [b"event: ended\ndata:\n\n", b""]


def test_a_server_that_stops_ends_its_streams_within_two_seconds(
    engine: str, tmp_path_factory: pytest.TempPathFactory, request: pytest.FixtureRequest
) -> None:
    database = new_database(engine, tmp_path_factory.mktemp("stopped"), request)
    with running(Leadloop(engine, database)) as server:
        site = Site(server, leads=1)
        with stream(site) as lines:
            open_line(lines)
            begun = time.monotonic()
            os.kill(server.pid, signal.SIGTERM)
            assert not [line for line in lines if line.startswith("event")]
            assert server.stop() == 0
            assert time.monotonic() - begun < LIMITS.stop_seconds / 2  # 0.5 s on an idle machine
