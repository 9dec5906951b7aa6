"""The timeline of a lead: every change is in one entry, whatever the pieces and filters."""

import asyncio
from collections.abc import Sequence
from itertools import pairwise
from typing import Any, cast

from hypothesis import given
from hypothesis import strategies as st

from leadloop.core.changes import Change, FieldChange
from leadloop.core.reading.bursts import BURST_MS, LONG_RUN, bursts_of, fold_fields
from leadloop.core.reading.timeline import (
    FEW,
    WINDOW,
    WINDOW_BYTES,
    TimelineEntry,
    TimelineFilter,
    TimelinePiece,
    compose,
    read_piece,
    select,
    written_at,
)
from leadloop.core.store import Store
from tests.support.examples import examples

MINUTE_MS = 60_000
ACCOUNT, LEAD = "account", "lead"
ACTORS = ("key:site", "user:ana", "system")
PARTS = (TimelineFilter.TALK, TimelineFilter.CHANGES)
MOST_READS = 4
"""Windows of one piece, unless records are large: to the beginning of a burst it is at most two further ones."""


def change(version: int, at_ms: int, actor: str, *fields: FieldChange) -> Change:
    return Change(
        account_id=ACCOUNT,
        lead_id=LEAD,
        version=version,
        at_ms=at_ms,
        actor=actor,
        dialect="expad",
        request_id=f"req_{version}",
        fields=list(fields),
    )


def set_to(field: str, after: Any, before: Any = None) -> FieldChange:
    return FieldChange(field, before, after)


def message(id: str, at_ms: int | None = None, **values: Any) -> FieldChange:
    return set_to(f"/messages/{id}", {"id": id, "content": f"text {id}", "created_at_ms": at_ms} | values)


class Log:
    """The change log of one lead, which counts what is read of it."""

    def __init__(self, changes: Sequence[Change], bytes_each: int = 500) -> None:
        self.changes = self
        self._changes = changes
        self._bytes_each = bytes_each
        self.reads: list[int] = []

    async def of_lead(
        self, account_id: str, lead_id: str, after_version: int, limit: int, most_bytes: int
    ) -> Sequence[Change]:
        assert (account_id, lead_id, most_bytes) == (ACCOUNT, LEAD, WINDOW_BYTES)
        most = min(limit, max(1, most_bytes // self._bytes_each))
        records = self._changes[after_version : after_version + most]
        self.reads.append(len(records))
        return records

    def piece(self, before: int, since: int = 1) -> TimelinePiece:
        return asyncio.run(read_piece(cast(Store, self), ACCOUNT, LEAD, before, since))

    def pieces(self, before: int | None = None) -> list[TimelinePiece]:
        """All pieces from the newest on."""
        before = len(self._changes) + 1 if before is None else before
        pieces = []
        while before > 1:
            pieces.append(self.piece(before))
            assert 1 <= pieces[-1].first < before
            before = pieces[-1].first
        return pieces


VALUES = st.sampled_from([None, "a", "b", "c"])
FIELDS = st.one_of(
    st.builds(lambda name, after: set_to(f"/{name}", after), st.sampled_from(["name", "stage", "detail"]), VALUES),
    st.builds(
        lambda id, text: set_to(f"/notes/{id}", text and {"id": id, "text": text}), st.sampled_from("xy"), VALUES
    ),
    st.builds(lambda id, name: set_to(f"/activities/{id}", {"id": id, "name": name}), st.sampled_from("xy"), VALUES),
    st.just(set_to("/last_activity_at_ms", 7)),
    st.just(FieldChange("/owner", reason="nobody is free")),
)
STEPS = st.tuples(
    st.sampled_from([0, 1, MINUTE_MS, 4 * MINUTE_MS, BURST_MS, BURST_MS + 1, 86_400_000]),
    st.sampled_from(ACTORS[:2]) | st.sampled_from(ACTORS),
    st.lists(FIELDS, min_size=1, max_size=3, unique_by=lambda field: field.field),
    st.none() | st.sampled_from([0, -MINUTE_MS, -86_400_000, 86_400_000]),
)


@st.composite
def histories(draw: st.DrawFn, most: int = 20) -> list[Change]:
    """Steps, some of them repeated so often that a burst is longer than a window."""
    changes: list[Change] = []
    at_ms = 1_700_000_000_000
    for (wait_ms, actor, fields, written_ms), times in draw(
        st.lists(st.tuples(STEPS, st.sampled_from([1, 1, 1, 3, 60])), min_size=1, max_size=most)
    ):
        for _ in range(times):
            version = len(changes) + 1
            at_ms += wait_ms
            said = [] if written_ms is None else [message(f"m{version}", at_ms + written_ms)]
            changes.append(change(version, at_ms, actor, *said, *(fields if not said or version % 2 else [])))
    return changes


def entries_of(pieces: Sequence[TimelinePiece]) -> list[TimelineEntry]:
    return [entry for piece in pieces for entry in piece.entries]


@examples(80)
@given(histories())
def test_pieces_have_the_same_entries_as_the_whole_history(changes: list[Change]) -> None:
    log = Log(changes)
    pieces = log.pieces()
    whole = [entry for burst in reversed(bursts_of(changes)) for entry in compose(burst)]
    assert entries_of(pieces) == whole
    assert len({entry.key for entry in whole}) == len(whole)
    for piece in pieces[:-1]:
        assert piece.entries


@examples(80)
@given(histories())
def test_every_change_is_in_one_entry(changes: list[Change]) -> None:
    entries = entries_of(Log(changes).pieces())
    versions = [version for entry in entries for version in entry.versions]
    assert sorted(versions) == [change.version for change in changes]
    stored = [field.field for change in changes for field in change.fields if field.field.startswith("/messages/")]
    shown = [entry.message.field for entry in entries if entry.message]
    assert sorted(shown) == sorted(stored)


@examples(80)
@given(histories())
def test_entries_are_newest_first(changes: list[Change]) -> None:
    """By burst; within one, messages have the order in which they were written."""
    burst_of = {change.version: n for n, burst in enumerate(bursts_of(changes)) for change in burst}
    entries = entries_of(Log(changes).pieces())
    for newer, older in pairwise(entries):
        places = burst_of[newer.last], burst_of[older.last]
        assert places[0] >= places[1]
        if places[0] > places[1]:
            assert newer.first > older.last and newer.started_at_ms >= older.at_ms
        elif newer.message and older.message:
            assert written_at(newer) >= written_at(older)


@examples(80)
@given(histories())
def test_a_burst_is_of_one_actor_within_five_minutes_and_no_longer_than_needed(changes: list[Change]) -> None:
    bursts = bursts_of(changes)
    assert [change for burst in bursts for change in burst] == changes
    for burst in bursts:
        assert len({change.actor for change in burst}) == 1
        assert burst[-1].at_ms - burst[0].at_ms <= BURST_MS
        assert len(burst) <= 2 * LONG_RUN
    for burst, after in pairwise(bursts):
        is_other = after[0].actor != burst[0].actor or after[0].at_ms - burst[0].at_ms > BURST_MS
        assert is_other or after[0].version % LONG_RUN == 1


@examples(80)
@given(histories(), st.data())
def test_what_comes_later_changes_the_newest_burst_alone(changes: list[Change], data: st.DataObject) -> None:
    early = bursts_of(changes[: data.draw(st.integers(1, len(changes)))])
    bursts = bursts_of(changes)
    assert bursts[: len(early) - 1] == early[:-1]
    assert bursts[len(early) - 1][: len(early[-1])] == early[-1]


@examples(80)
@given(histories(), st.data())
def test_the_newest_part_goes_on_where_the_older_ones_end(changes: list[Change], data: st.DataObject) -> None:
    """What a page that stays open asks for."""
    log = Log(changes)
    bursts = bursts_of(changes[: data.draw(st.integers(1, len(changes)))])
    since = bursts[-1][0].version
    newest, before = [], len(changes) + 1
    while before > since:
        newest.append(log.piece(before, since))
        before = newest[-1].first
    entries = entries_of([*newest, *log.pieces(since)])
    versions = [version for entry in entries for version in entry.versions]
    assert sorted(versions) == [change.version for change in changes]


@examples(80)
@given(histories())
def test_the_filters_divide_the_timeline(changes: list[Change]) -> None:
    entries = entries_of(Log(changes).pieces())
    assert [*select(entries, TimelineFilter.ALL)] == entries
    for entry in entries:
        parts = [part for shown in PARTS for part in select([entry], shown)]
        assert parts
        assert sorted(text for part in parts for text in _texts(part)) == sorted(_texts(entry))


def _texts(entry: TimelineEntry) -> list[str]:
    fields = *entry.fields, *entry.notes, *entry.tasks, *([entry.message] if entry.message else [])
    return [field.field for field in fields]


@examples(80)
@given(histories(), st.sampled_from([WINDOW_BYTES // 10, WINDOW_BYTES // 2, 3 * WINDOW_BYTES]))
def test_large_records_cost_no_more_than_some_windows(changes: list[Change], bytes_each: int) -> None:
    log = Log(changes, bytes_each)
    before, versions = len(changes) + 1, []
    while before > 1:
        log.reads.clear()
        piece = log.piece(before)
        assert sum(log.reads) * bytes_each <= 10 * max(WINDOW_BYTES, bytes_each)
        versions += [version for entry in piece.entries for version in entry.versions]
        before = piece.first
    assert sorted(versions) == [change.version for change in changes]


def test_two_thousand_changes_cost_as_much_as_a_hundred() -> None:
    for wait_ms in (0, MINUTE_MS, BURST_MS + 1):
        reads = {}
        for count in (100, 2_000):
            log = Log([change(n, n * wait_ms, ACTORS[0], set_to("/detail", n)) for n in range(1, count + 1)])
            piece = log.piece(count + 1)
            assert FEW <= count + 1 - piece.first <= 3 * WINDOW
            reads[count] = sum(log.reads)
        assert reads[2_000] <= max(reads[100], MOST_READS * WINDOW)


def test_a_burst_shows_the_first_value_before_and_the_last_one_after() -> None:
    folded = fold_fields(
        [
            [set_to("/stage", "ACTIVE", "NEW"), set_to("/detail", "x", "w"), set_to("/name", "Ana", None)],
            [set_to("/stage", "LOST", "ACTIVE"), set_to("/detail", "w", "x")],
            [set_to("/name", "Ana Lima", "Ana"), FieldChange("/owner", reason="nobody is free")],
        ]
    )
    assert folded == [
        set_to("/stage", "LOST", "NEW"),
        set_to("/name", "Ana Lima"),
        FieldChange("/owner", reason="nobody is free"),
    ]


def test_true_and_one_are_not_the_same_value() -> None:
    fields = [[set_to("/custom_fields/x", 1, True)], [set_to("/custom_fields/x", True, 1)]]
    assert fold_fields(fields[:1]) == fields[0] and fold_fields(fields) == []


def test_a_change_that_stores_a_message_alone_is_that_message() -> None:
    said = message("m1", 5, content="Oi")
    last = set_to("/last_message", {"id": "m1"})
    changes = [
        change(1, 0, ACTORS[0], set_to("/name", "Ana")),
        change(2, 10 * MINUTE_MS, ACTORS[0], said, last, set_to("/channel/unread_count", 1)),
        change(3, 11 * MINUTE_MS, ACTORS[0], message("m2", 11 * MINUTE_MS), last, set_to("/stage", "ACTIVE", "NEW")),
    ]
    both, second, first, created = entries_of(Log(changes).pieces())
    assert (both.message, [field.field for field in both.fields], both.versions) == (None, ["/stage"], (3,))
    assert second.message is not None and second.versions == () and second.message.field == "/messages/m2"
    assert first.message == said and first.versions == (2,) and first.key == "m2"
    assert created.is_creation and created.versions == (1,)


def test_messages_stored_together_have_the_order_in_which_they_were_written() -> None:
    changes = [
        change(1, 0, ACTORS[0], message("b", -20)),
        change(2, 1, ACTORS[0], message("a", -30)),
        change(3, 2, ACTORS[0], message("d", 99_999_999)),
        change(4, 3, ACTORS[0], message("c", None)),
    ]
    shown = [entry.message.field[-1] for entry in entries_of(Log(changes).pieces()) if entry.message]
    assert shown == ["c", "d", "b", "a"]


def test_notes_and_tasks_without_a_text_are_changes() -> None:
    note, gone = set_to("/notes/n", {"id": "n", "text": "Ligou."}), FieldChange("/notes/o", {"id": "o", "text": "x"})
    (entry,) = compose([change(1, 0, ACTORS[1], note, gone, set_to("/stage", "ACTIVE"))])
    (talk,) = select([entry], TimelineFilter.TALK)
    (rest,) = select([entry], TimelineFilter.CHANGES)
    assert (talk.notes, talk.fields) == ([note], ()) and (rest.notes, len(rest.fields)) == ([gone], 1)
    assert talk.key == rest.key == entry.key
