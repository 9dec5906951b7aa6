"""The event stream of agents who see their own leads only: it names these, and shows nothing of what others change."""

import asyncio
import json
import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import httpx
import pytest
from msgspec import structs

from lab.door import Door, open_door
from lab.stores import create, update, write_of
from leadloop.core.accounts import Account
from leadloop.core.leads.model import Lead
from leadloop.core.leads.parts import Ref, User
from leadloop.core.people.roles import Role
from leadloop.core.reading.moves import Moves, read_moves
from leadloop.core.store import Store
from leadloop.core.writes import use_cases
from leadloop.web import event_stream, live
from leadloop.web.stream_ids import VALID_MS
from tests.support.own_leads import AGENT, ELSEWHERE, HERE, HIDDEN, OTHER, SHOWN, make_agent
from tests.web.test_door_sessions import sign_in

SEALED = r"id: ([\w=-]{59,60})\n"
OPENING = re.compile(rf"retry: 1000\n{SEALED}\n: open\n\n")
MOVED = re.compile(rf"{SEALED}event: moved\ndata: (.+)\n\n")
AGAIN = re.compile(rf"{SEALED}event: again\nretry: \d+\ndata:\n\n")
QUIET_S = 0.5
"""Long after a stream has read what is new."""


class Listening:
    """An agent, and the agent's newest stream."""

    def __init__(self, door: Door, account: Account, browser: httpx.AsyncClient) -> None:
        self.door, self.account = door, account
        self.last = ""
        """The id of the last event."""
        self._browser = browser
        self._at_ms = door.now_ms
        self._sent: asyncio.Queue[bytes] = asyncio.Queue()
        self._streams: list[asyncio.Task[None]] = []

    async def open(self, last: str = "", *, is_further: bool = False) -> None:
        """`last` is sent by a browser that was cut off. Closes the other streams unless it `is_further`."""
        if not is_further:
            self.close()
            await asyncio.sleep(0.01)
        self._sent = asyncio.Queue()
        self._browser.headers["last-event-id"] = last
        path = f"/app/{self.account.id}/events"
        self._streams.append(asyncio.create_task(self.door.read_stream(self._browser, path, self._sent)))
        await self.match(OPENING)

    def close(self) -> None:
        for stream in self._streams:
            stream.cancel()

    def _write(self) -> Any:
        return write_of(self.account.id, self._at_ms)

    async def new_lead(self, **fields: Any) -> Lead:
        return await create(self.door.store, self._write(), name="Ana", **fields)

    async def change(self, lead: Lead, **fields: Any) -> None:
        await update(self.door.store, self._write(), lead.id, **fields)

    async def delete(self, lead: Lead) -> None:
        await use_cases.delete(self.door.store, self._write(), lead.id)

    async def next(self) -> str:
        return (await asyncio.wait_for(self._sent.get(), 30)).decode()

    async def match(self, pattern: re.Pattern[str]) -> re.Match[str]:
        """The next piece, which matches as a whole. Its id is another one each time, and shows nothing."""
        piece = await self.next()
        found = pattern.fullmatch(piece)
        assert found is not None and found[1] != self.last, piece
        self.last = found[1]
        return found

    async def named(self) -> Any:
        """The leads that the next event names; it has nothing else."""
        data = json.loads((await self.match(MOVED))[2])
        assert list(data) == ["leads"]
        return data["leads"]

    async def rest(self) -> list[bytes]:
        """What comes within the next moments."""
        await asyncio.sleep(QUIET_S)
        return [self._sent.get_nowait() for _ in range(self._sent.qsize())]


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(live, "INTERVAL_S", 0.02)


@asynccontextmanager
async def listening(database: str, *, is_salesperson: bool = True) -> AsyncIterator[Listening]:
    async with open_door(database) as door:
        account = await door.add_account(agents_see_own=True)
        person = await door.add_person(account.id, Role.AGENT)
        if is_salesperson:
            await make_agent(door.store, account.id, person.id, door.now_ms)
        browser = door.browser()
        await sign_in(browser, person)
        stream = Listening(door, account, browser)
        await stream.open()
        yield stream
        stream.close()


@pytest.mark.parametrize("ownership", SHOWN.values(), ids=SHOWN)
async def test_leads_that_the_agent_sees_are_named(door_database: str, ownership: dict[str, Any]) -> None:
    async with listening(door_database) as stream:
        lead = await stream.new_lead(**ownership)
        assert await stream.named() == [lead.id]
        await stream.change(lead, name="Bia")
        assert await stream.named() == [lead.id]
        await stream.delete(lead)
        assert await stream.named() == [lead.id]
        assert await stream.rest() == []


@pytest.mark.parametrize("ownership", HIDDEN.values(), ids=HIDDEN)
async def test_of_other_leads_not_a_byte_is_sent(door_database: str, ownership: dict[str, Any]) -> None:
    async with listening(door_database) as stream:
        lead = await stream.new_lead(**ownership)
        await stream.change(lead, name="Bia")
        await stream.delete(lead)
        for number in range(live.MOST_IDS * 3):
            await stream.new_lead(email=f"{number}@example.com", **ownership)
        assert await stream.rest() == []


async def test_a_lead_is_named_once_more_when_it_leaves(door_database: str) -> None:
    async with listening(door_database) as stream:
        mine, nobodys = await stream.new_lead(owner=AGENT), await stream.new_lead(unit=HERE)
        await stream.rest()
        await stream.change(mine, owner=OTHER)
        assert await stream.named() == [mine.id]
        await stream.change(nobodys, owner=OTHER)
        assert await stream.named() == [nobodys.id]
        for lead in (mine, nobodys):
            await stream.change(lead, name="Bia", unit=ELSEWHERE)
        assert await stream.rest() == []
        await stream.change(mine, owner=AGENT)
        assert await stream.named() == [mine.id]


async def test_many_counts_only_what_the_agent_sees(door_database: str) -> None:
    async with listening(door_database) as stream:
        fields: list[dict[str, User | Ref]] = [{"owner": AGENT}, {"owner": OTHER}]
        mine = []
        for number in range(live.MOST_IDS * 2):
            lead = await stream.new_lead(email=f"{number}@example.com", **fields[number % 2])
            mine += [lead.id] * (number % 2 == 0)
        named: set[str] = set()
        while len(named) < len(mine):
            ids = await stream.named()
            assert ids == "many" or set(ids) <= set(mine)
            named |= set(mine if ids == "many" else ids)
        assert await stream.rest() == []


async def test_a_stream_that_was_cut_off_continues_for_a_minute(door_database: str) -> None:
    async with listening(door_database) as stream:
        last = stream.last
        await stream.new_lead(owner=OTHER)
        lead = await stream.new_lead(owner=AGENT)
        assert await stream.named() == [lead.id]
        await stream.open(last)
        assert await stream.named() == [lead.id]
        await stream.open(stream.last)
        assert await stream.rest() == []
        stream.door.pass_ms(VALID_MS + 1)
        await stream.open(last)
        assert await stream.named() == "many"
        assert await stream.rest() == []


async def test_ids_of_others_and_positions_are_not_accepted(door_database: str) -> None:
    async with listening(door_database) as other:
        lasts = ["1", "999999", "x", "A" * 60, other.last, other.last[:-8] + "AAAAAAA="]
    async with listening(door_database) as stream:
        for last in lasts:
            await stream.open(last)
            assert await stream.named() == "many"
            await stream.new_lead(owner=OTHER)
            assert await stream.rest() == []


async def test_further_pages_of_a_browser_look_again(door_database: str) -> None:
    async with listening(door_database) as stream:
        for _ in range(live.STREAMS_OF_A_SESSION):
            await stream.open(is_further=True)
        assert await stream.next() == ": quiet\n\n"
        await stream.match(AGAIN)
        last = stream.last
        await stream.new_lead(owner=OTHER)
        mine = await stream.new_lead(owner=AGENT)
        await stream.open(last, is_further=True)
        assert await stream.named() == [mine.id]
        await stream.match(AGAIN)
        await stream.new_lead(owner=OTHER)
        await stream.open(stream.last, is_further=True)
        assert await stream.next() == ": quiet\n\n"
        await stream.match(AGAIN)
        await give_both_units(stream)
        await stream.open(stream.last, is_further=True)
        assert await stream.named() == "many"


async def test_streams_read_each_part_of_the_feed_once(door_database: str, monkeypatch: pytest.MonkeyPatch) -> None:
    reads: list[int] = []

    async def read(store: Store, account_id: str, position: int, limit: int, most_bytes: int) -> Moves:
        moves = await read_moves(store, account_id, position, limit, most_bytes)
        reads.extend([position] * (moves.position > position))
        return moves

    monkeypatch.setattr(live, "read_moves", read)
    async with listening(door_database) as stream:
        for _ in range(live.STREAMS_OF_A_SESSION - 1):
            await stream.open(is_further=True)
        for number in range(5):
            lead = await stream.new_lead(owner=AGENT if number % 2 else OTHER)
            if number % 2:
                assert await stream.named() == [lead.id]
        assert await stream.rest() == []
        assert sorted(reads) == sorted(set(reads))
        assert reads


async def test_an_agent_who_is_no_salesperson_hears_nothing(door_database: str) -> None:
    async with listening(door_database, is_salesperson=False) as stream:
        for ownership in (*SHOWN.values(), *HIDDEN.values()):
            await stream.new_lead(**ownership)
        assert await stream.rest() == []


async def test_a_quiet_stream_is_kept_at_the_same_times_whatever_others_do(
    door_database: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(live, "KEEP_ALIVE_S", 0.2)
    clock = asyncio.get_running_loop().time
    async with listening(door_database) as stream:
        begun = clock()
        times: list[float] = []

        async def write() -> None:
            while True:
                await stream.new_lead(owner=OTHER)
                await asyncio.sleep(0.01)

        writing = asyncio.create_task(write())
        while len(times) < 6:
            assert await stream.next() == ": quiet\n\n"
            times.append(clock() - begun)
        writing.cancel()
        assert times[-1] > 5 * live.KEEP_ALIVE_S


@pytest.mark.parametrize("what", ["units", "settings", "nothing"])
async def test_a_stream_ends_when_the_agent_sees_others_leads(
    door_database: str, what: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The page loads again then."""
    monkeypatch.setattr(event_stream, "RECHECK_S", 0.0)
    monkeypatch.setattr(live, "KEEP_ALIVE_S", 0.05)
    async with listening(door_database) as stream:
        if what == "settings":
            await stream.door.store.accounts.change(
                stream.account.id, lambda account: structs.replace(account, agents_see_own=False)
            )
        elif what == "units":
            await give_both_units(stream)
        pieces = set(await stream.rest())
        assert (b"event: ended\ndata:\n\n" in pieces) == (what != "nothing")


async def give_both_units(stream: Listening) -> None:
    catalogue = await stream.door.store.catalogue.get(stream.account.id)
    agent = next(user for user in catalogue.of_kind("users") if user.name == AGENT.name)
    changed = structs.replace(agent, unit_ids=[unit.id for unit in catalogue.of_kind("units")])
    await stream.door.store.catalogue.manage(stream.account.id, lambda _: changed)
