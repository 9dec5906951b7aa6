"""The moves of any part of a feed have whose the leads were and are, on both engines."""

from collections.abc import Iterator

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lab.postgres import PostgresServer
from lab.stores import create, update, write_of
from leadloop.core import ids
from leadloop.core.leads.parts import Ref, User
from leadloop.core.reading import moves
from leadloop.core.reading.moves import MovedLead, Moves, read_moves
from leadloop.core.reading.visibility import Ownership, Visibility, ownership_of
from leadloop.core.store import NO_BYTE_LIMIT, Store
from leadloop.core.writes import history, use_cases
from tests.storage.conftest import new_postgres
from tests.storage.database import SQLITE, START_MS, Database, InEach, kept_open
from tests.support.examples import examples

_accounts = iter(range(3_000_000_000, 4_000_000_000))
STEPS = st.sampled_from(
    [
        *({"owner": User(name=name)} for name in ("Ana", "Bia")),
        *({"unit": Ref(name=name)} for name in ("Centro", "Norte")),
        {"owner": None},
        {"owner": User(email="ana@x.example")},
        {"company_name": "x"},
        {"delete": True},
    ]
)
HISTORIES = st.lists(st.tuples(st.integers(0, 2), STEPS), min_size=1, max_size=14)


@pytest.fixture(scope="module")
def in_each(tmp_path_factory: pytest.TempPathFactory, postgres_server: PostgresServer) -> Iterator[InEach]:
    sqlite = Database(SQLITE, str(tmp_path_factory.mktemp("moves") / "leads.db"))
    with (
        kept_open(sqlite, new_postgres(postgres_server, "postgres")) as databases,
        pytest.MonkeyPatch.context() as patch,
    ):
        patch.setattr(moves, "RECORD_BATCH", 2)  # so that short histories need several
        yield databases


@examples(60)
@given(steps=HISTORIES, limit=st.integers(1, 6))
def test_moves_have_every_ownership_before_a_change_and_now(
    in_each: InEach, steps: list[tuple[int, dict[str, object]]], limit: int
) -> None:
    account_id = ids.stable_id(str(next(_accounts)))

    async def run(store: Store) -> None:
        lead_ids = await write(store, account_id, steps)
        states = {lead_id: await ownerships(store, account_id, lead_id) for lead_id in lead_ids}
        position, seen = 0, 0
        while (part := await read_moves(store, account_id, position, limit, NO_BYTE_LIMIT)).leads:
            changes = await store.changes.feed(account_id, position, limit)
            assert part.position == changes[-1].position
            assert {lead.id for lead in part.leads} == {change.lead_id for change in changes}
            for lead in part.leads:
                all_states = states[lead.id]
                versions = [change.version for change in changes if change.lead_id == lead.id]
                needed = {all_states[-1]} | {
                    all_states[version - 1]
                    for version in versions
                    if version > 1 and all_states[version - 1] != all_states[version]
                }
                assert needed <= lead.ownerships <= set(all_states[max(versions[0] - 1, 1) :])
            seen += len(changes)
            position = part.position
        assert part.position == position == seen

    in_each(run)


async def write(store: Store, account_id: str, steps: list[tuple[int, dict[str, object]]]) -> list[str]:
    lead_ids: dict[int, str] = {}
    for at_ms, (number, fields) in enumerate(steps, START_MS):
        request = write_of(account_id, at_ms)
        if number not in lead_ids:
            lead_ids[number] = (await create(store, request, name="x", **fields_of(fields))).id
        elif "delete" in fields:
            await use_cases.delete(store, request, lead_ids[number])
        else:
            await update(store, request, lead_ids[number], **fields_of(fields))
    return list(lead_ids.values())


def fields_of(fields: dict[str, object]) -> dict[str, object]:
    return {name: value for name, value in fields.items() if name != "delete"}


async def ownerships(store: Store, account_id: str, lead_id: str) -> list[Ownership]:
    """By version; version 0 stands for none."""
    lead = await use_cases.get(store, account_id, lead_id)
    states = [await history.at_version(store, account_id, lead_id, version + 1) for version in range(lead.version)]
    return [Ownership(frozenset(), frozenset()), *map(ownership_of, states)]


def test_a_lead_that_has_left_is_seen_by_who_saw_it() -> None:
    before, now = (Ownership(frozenset([user]), frozenset()) for user in ("ana", "bia"))
    part = Moves([MovedLead("1", frozenset([before, now]))], 2)
    assert [part.seen_by(Visibility(False, (user,))) for user in ("ana", "bia", "eva")] == [["1"], ["1"], []]
