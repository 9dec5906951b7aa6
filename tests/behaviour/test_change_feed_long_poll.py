"""`wait`: the feed answers as soon as there is a change, or with an empty page at the end of the time."""

import asyncio
import threading
import time
from collections.abc import Awaitable, Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any, cast

import pytest
from starlette.types import Message

from lab.server import Client, Leadloop
from lab.stores import with_store
from leadloop.api.own.long_poll import FeedWatcher
from leadloop.api.request import Request
from leadloop.core.errors import Unavailable
from leadloop.core.ids import new_id, stamp
from leadloop.core.leads.matching import Contact
from leadloop.core.leads.patch import LeadPatch
from leadloop.core.store import Store
from leadloop.core.writes import use_cases
from tests.support.dialects import Bare
from tests.support.feed import end, feed

pytestmark = pytest.mark.slow

LONG_SECONDS = 30
ENOUGH_SECONDS = 20.0
"""The limit for polls that must end before their time."""


def waited(client: Client, cursor: str, meanwhile: Callable[[], object]) -> list[dict[str, Any]]:
    """The changes that a long poll answers while `meanwhile` runs; it must not wait to its end."""
    begun = time.monotonic()
    waiting = Client(client.url, client.account_id, client.key)
    with ThreadPoolExecutor(1) as pool:
        polling = pool.submit(feed, waiting, after=cursor, wait=LONG_SECONDS)
        time.sleep(0.5)
        assert not polling.done()
        meanwhile()
        page = polling.result()
    waiting.close()
    assert time.monotonic() - begun < ENOUGH_SECONDS
    return list(page["changes"])


def test_it_answers_once_there_is_a_change(client: Client) -> None:
    lead = client.new_lead()
    changes = waited(client, end(client), lambda: client.patch_leadsail(lead, {"detail": "x"}))
    assert [record["version"] for record in changes] == [2]


def test_it_waits_for_the_very_first_change(client: Client) -> None:
    assert len(waited(client, end(client), client.new_lead)) == 1


def test_it_does_not_wait_if_there_are_changes_already(client: Client) -> None:
    client.new_lead()
    begun = time.monotonic()
    assert len(feed(client, wait=LONG_SECONDS)["changes"]) == 1
    assert time.monotonic() - begun < ENOUGH_SECONDS


def test_when_the_time_is_over_the_page_is_empty_and_the_cursor_the_same(client: Client) -> None:
    client.new_lead()
    cursor = end(client)
    begun = time.monotonic()
    page = feed(client, after=cursor, wait=1)
    assert time.monotonic() - begun >= 1
    assert page == {"changes": [], "nextCursor": cursor, "hasMore": False}


def test_another_accounts_changes_end_no_poll(client: Client, server: Leadloop) -> None:
    other = server.client()
    polling = threading.Thread(target=lambda: [other.new_lead() for _ in range(20)])
    polling.start()
    assert feed(client, after=end(client), wait=1)["changes"] == []
    polling.join()
    other.close()


def test_many_wait_and_all_are_answered(client: Client) -> None:
    lead, cursor, count = client.new_lead(), end(client), 40
    begun = time.monotonic()
    clients = [Client(client.url, client.account_id, client.key) for _ in range(count)]
    with ThreadPoolExecutor(count) as pool:
        polling = [pool.submit(feed, client, after=cursor, wait=LONG_SECONDS) for client in clients]
        time.sleep(0.5)
        client.patch_leadsail(lead, {"detail": "x"})
        answers = [future.result()["changes"] for future in polling]
    assert time.monotonic() - begun < ENOUGH_SECONDS
    assert all(page == answers[0] and len(page) == 1 for page in answers)
    for each in clients:
        each.close()


def test_it_notices_changes_of_another_process(client: Client, server: Leadloop) -> None:
    """The other process is this one, with its own store on the same database."""

    async def create(store: Store) -> None:
        write = use_cases.plain(stamp(1_760_000_000_000, f"req_{new_id(0)}", "system", "test"), client.account_id)
        await use_cases.create(store, write, lambda: LeadPatch(name="Ana"), Contact())

    assert len(waited(client, end(client), lambda: with_store(server.database, create))) == 1


def test_a_stopping_server_answers_waiting_polls(tmp_path: Path) -> None:
    server = Leadloop("sqlite", str(tmp_path / "leadloop.db"))
    server.start()
    client = server.client()
    client.new_lead()
    cursor = end(client)
    stopped: list[int] = []
    changes = waited(client, cursor, lambda: stopped.append(server.stop()))
    assert (changes, stopped) == ([], [0])
    client.close()


def test_a_client_that_goes_away_is_forgotten(client: Client) -> None:
    """The server continues to serve other clients."""
    lead, cursor = client.new_lead(), end(client)
    for _ in range(20):
        bare = Bare(client)
        bare.head("GET", f"/api/v1/changes?wait=30&after={cursor}")
        bare.close()
    assert len(waited(client, cursor, lambda: client.patch_leadsail(lead, {"detail": "x"}))) == 1


class Positions:
    """A store whose feed position moves at the `moves`-th query."""

    def __init__(self, moves: int, error: Exception | None = None) -> None:
        self.asked: dict[str, int] = {}
        self._moves, self._error = moves, error

    @property
    def changes(self) -> "Positions":
        return self

    async def position(self, account_id: str) -> int:
        self.asked[account_id] = self.asked.get(account_id, 0) + 1
        await asyncio.sleep(0)
        if self._error is not None:
            raise self._error
        return 7 if self.asked[account_id] >= self._moves else 6


def request(gone: Awaitable[Any] | None = None) -> Request:
    """A request whose client stays connected, or leaves when `gone` is true."""

    async def receive() -> Message:
        await (gone or asyncio.Event().wait())
        return {"type": "http.disconnect"}

    return Request({"type": "http", "headers": []}, receive)


async def nobody_waits() -> bool:
    """Whether all tasks of the watcher have ended."""
    for _ in range(100):
        if len(asyncio.all_tasks()) == 1:
            return True
        await asyncio.sleep(0.01)
    return False


def test_polls_of_one_account_share_one_database_query() -> None:
    async def run() -> None:
        store, waiting = Positions(moves=3), FeedWatcher(asyncio.Event())

        def wait(account: str) -> Awaitable[int]:
            return waiting.wait_beyond(request(), cast(Store, store), account, 6, LONG_SECONDS)

        assert await asyncio.gather(*[wait(account) for account in "ab" for _ in range(50)]) == [7] * 100
        assert store.asked == {"a": 3, "b": 3}
        assert await nobody_waits()

    asyncio.run(run())


def test_nothing_is_left_of_those_who_went_away() -> None:
    async def run() -> None:
        store, waiting, gone = Positions(moves=10**9), FeedWatcher(asyncio.Event()), asyncio.Event()
        polls = [
            asyncio.create_task(waiting.wait_beyond(request(gone.wait()), cast(Store, store), "a", 6, LONG_SECONDS))
            for _ in range(5)
        ]
        await asyncio.sleep(0.05)
        gone.set()
        assert await asyncio.gather(*polls) == [6] * 5
        assert await nobody_waits()
        given_up = asyncio.create_task(waiting.wait_beyond(request(), cast(Store, store), "a", 6, LONG_SECONDS))
        await asyncio.sleep(0.05)
        given_up.cancel()
        with pytest.raises(asyncio.CancelledError):
            await given_up
        assert await nobody_waits()

    asyncio.run(run())


def test_a_database_that_cannot_be_reached_ends_the_waiting() -> None:
    async def run() -> None:
        store, waiting = Positions(moves=1, error=Unavailable("gone")), FeedWatcher(asyncio.Event())
        polls = [waiting.wait_beyond(request(), cast(Store, store), "a", 6, LONG_SECONDS) for _ in range(3)]
        errors = await asyncio.gather(*polls, return_exceptions=True)
        assert all(isinstance(error, Unavailable) for error in errors)
        assert await nobody_waits()

    asyncio.run(run())


def test_no_poll_starts_to_wait_while_the_server_stops() -> None:
    async def run() -> None:
        stopping = asyncio.Event()
        stopping.set()
        waiting = FeedWatcher(stopping)
        assert await waiting.wait_beyond(request(), cast(Store, Positions(moves=10**9)), "a", 6, LONG_SECONDS) == 6

    asyncio.run(run())
