"""Runs one unit inside the writer's transaction: loads what it needs, runs its function, saves what it decided.

The changes are written at once, so that later units of the batch see them.
"""

import sys
from collections.abc import Callable, Sequence
from functools import lru_cache, partial
from typing import TypeVar

import apsw
from msgspec import structs

from leadloop.core.catalogue.assignment import AssignmentCounts
from leadloop.core.catalogue.catalogue import Catalogue
from leadloop.core.changes import Change
from leadloop.core.leads.doc import decode
from leadloop.core.leads.matching import ContactKeys, Country
from leadloop.core.leads.merge import Conversation
from leadloop.core.leads.model import Lead
from leadloop.core.store import CANDIDATES, HISTORY_LIMIT, SAME_CONTACT_LIMIT
from leadloop.core.writes.ahead import LARGE_BYTES
from leadloop.core.writes.idempotency import StoredAnswer
from leadloop.core.writes.unit import Loaded, Saved, Unit
from leadloop.derived.columns import COLUMNS, columns
from leadloop.derived.lead_counts import lead_count_change
from leadloop.derived.projection import Parts, touched_parts
from leadloop.derived.references import added_references
from leadloop.storage import endpoints, rows, stored_answers, webhook_rows
from leadloop.storage.catalogues import CatalogueCache
from leadloop.storage.results import Failure
from leadloop.storage.sql import statements
from leadloop.storage.sqlite import catalogue, deliveries, insights, matching_keys, search
from leadloop.storage.sqlite.database import as_sqlite
from leadloop.storage.sqlite.search import FullText
from leadloop.storage.sqlite.writer import NotShort, Work
from leadloop.webhooks.routing import Routes

T = TypeVar("T")

SQL = statements(__file__)
_GET_ANSWER = as_sqlite(stored_answers.SQL["get_answer"])
_GET_ROUTES, _LIST_ENDPOINTS = as_sqlite(endpoints.SQL["get_routes"]), as_sqlite(endpoints.SQL["list_endpoints"])
_GET, _INSERT = SQL["get_lead"], SQL["insert_lead"]
_ADVANCE_FEED, _INSERT_CHANGE, _PUT_MESSAGE = SQL["advance_feed"], SQL["insert_change"], SQL["put_message"]

LARGE_LEAD_BYTES = 64 * 1024
"""A change of a lead up to this size takes the event loop a few milliseconds."""


def work_of(
    unit: Unit[T], routes: Routes, catalogues: CatalogueCache, full_text: FullText, queued: set[tuple[str, str]]
) -> tuple[Work[T], Work[T] | None]:
    """The writer's work for `unit`, and its short form unless the unit is large. It adds to `queued` the endpoints,
    with their accounts, that get a delivery."""

    def work(connection: apsw.Connection, most_bytes: int = sys.maxsize) -> T | Failure:
        refreshed: list[Catalogue] = []

        def read_catalogue() -> Catalogue:
            if not refreshed:
                refreshed.append(catalogue.refresh(connection, catalogues.of(unit.account_id)))
            return refreshed[0]

        loaded = _load(connection, unit, read_catalogue, most_bytes)
        try:
            result, saved, answer, assigned = unit.run(loaded)
        except Exception as error:
            return Failure(error)
        if saved is not None:
            parts = touched_parts(saved.change.fields)
            _save(connection, full_text, loaded.lead, saved, parts, loaded.country)
            queued.update(_queue_deliveries(connection, routes, loaded.lead, saved))
            if references := added_references(loaded.lead, saved.lead, parts):
                catalogue.upsert(connection, read_catalogue(), references)
        if assigned is not None:
            catalogue.count_assignment(connection, unit.account_id, assigned)
        if answer is not None:
            connection.execute(SQL["insert_answer"], (unit.account_id, unit.idempotency_key, *answer))
        return result

    is_large = unit.body_bytes > LARGE_BYTES or unit.history_after is not None
    return work, None if is_large else partial(work, most_bytes=LARGE_LEAD_BYTES)


def _load(
    connection: apsw.Connection, unit: Unit[T], read_catalogue: Callable[[], Catalogue], most_bytes: int
) -> Loaded:
    """Raises `NotShort` for a lead of more than `most_bytes`."""

    def assignment_counts() -> AssignmentCounts:
        return catalogue.assignment_counts(connection, unit.account_id)

    if unit.idempotency_key and (
        answer := connection.execute(_GET_ANSWER, (unit.account_id, unit.idempotency_key)).fetchone()
    ):
        return Loaded(None, stored_answer=StoredAnswer(*answer))
    row = connection.execute(_GET, (unit.account_id, unit.lead_id)).fetchone()
    doc, *stored_keys = (None, None, None) if row is None else row
    if doc is not None and len(doc) > most_bytes:
        raise NotShort
    lead = None if doc is None else decode(doc)
    if not unit.needs_more_than_lead:
        return Loaded(lead, catalogue=read_catalogue, assignment_counts=assignment_counts)

    def country() -> str | None:
        return read_catalogue().options.country

    return Loaded(
        lead,
        _same_contact(connection, unit, lead, ContactKeys(*stored_keys), country),
        _conversation(connection, unit),
        _history(connection, unit),
        match_exists=_is_taken(connection, unit, country),
        catalogue=read_catalogue,
        assignment_counts=assignment_counts,
    )


def _history(connection: apsw.Connection, unit: Unit[T]) -> Sequence[Change]:
    if unit.history_after is None:
        return ()
    cursor = connection.execute(SQL["get_history"], (unit.account_id, unit.lead_id, unit.history_after, HISTORY_LIMIT))
    return [rows.change(unit.account_id, row) for row in cursor]


def _is_taken(connection: apsw.Connection, unit: Unit[T], country: Country) -> bool:
    """Whether a lead exists that must not. No other process can create one before this transaction ends."""
    match = unit.absent
    if match is None:
        return False
    if match.former is not None:
        candidates = matching_keys.by_keys(connection, unit.account_id, match.former, CANDIDATES)
        return any(match.matches(candidate, country) for candidate in candidates)
    return connection.execute(SQL[f"find_by_{match.column}"], (unit.account_id, match.value)).get is not None


def _same_contact(
    connection: apsw.Connection, unit: Unit[T], lead: Lead | None, stored_keys: ContactKeys, country: Country
) -> int:
    keys = unit.contact and unit.contact.keys(lead, country, stored_keys)
    if keys is None:
        return 0
    if keys.former is not None:
        candidates = matching_keys.by_keys(connection, unit.account_id, keys.former, CANDIDATES)
        return sum(candidate.id != unit.lead_id and keys.match(candidate, country) for candidate in candidates)
    parameters = (unit.account_id, unit.lead_id, keys.email, keys.phone, SAME_CONTACT_LIMIT)
    count: int = connection.execute(SQL["count_same_contact"], parameters).get
    return count


def _conversation(connection: apsw.Connection, unit: Unit[T]) -> Conversation:
    if unit.message_id is None:
        return Conversation()
    parameters = (unit.account_id, unit.lead_id, unit.message_id)
    message = connection.execute(SQL["get_message"], parameters).get
    newest_other = connection.execute(SQL["newest_other_message"], parameters).get
    return Conversation(message and rows.message(message), newest_other and rows.message(newest_other))


def _queue_deliveries(
    connection: apsw.Connection, routes: Routes, before: Lead | None, saved: Saved
) -> set[tuple[str, str]]:
    """Queues the deliveries of the change. Returns their endpoints, with the account."""
    account_id = saved.lead.account_id
    version = connection.execute(_GET_ROUTES, (account_id,)).get or 0
    if not routes.has(account_id, version):
        records = connection.execute(_LIST_ENDPOINTS, (account_id,))
        routes.cache(account_id, version, [webhook_rows.endpoint(record).endpoint for record in records])
    queued = routes.deliveries(version, before, saved.lead, saved.change)
    deliveries.queue(connection, queued)
    return {(delivery.account_id, delivery.endpoint_id) for delivery, _ in queued}


def _save(
    connection: apsw.Connection, full_text: FullText, before: Lead | None, saved: Saved, parts: Parts, country: Country
) -> None:
    """Needs no check of the version: the lead was read in the same transaction."""
    lead, doc, change, message = saved
    if before is None:
        values = structs.astuple(columns(lead, country))
        connection.execute(_INSERT, (lead.account_id, lead.id, lead.version, *values, doc))
    else:
        _update(connection, saved, parts, country)
    if parts or before is None:
        insights.save(connection, before, lead, parts)
        search.save(connection, full_text, before, lead, parts, country)
    position: int = connection.execute(_ADVANCE_FEED, (lead.account_id, 1, lead_count_change(change))).get
    connection.execute(_INSERT_CHANGE, rows.change_row(change, position))
    if message is not None:
        row = (lead.account_id, lead.id, message.id, message.created_at_ms or 0, rows.message_json(message))
        connection.execute(_PUT_MESSAGE, row)


def _update(connection: apsw.Connection, saved: Saved, parts: Parts, country: Country) -> None:
    """Sets only columns that the change touches: SQLite rewrites the entries of every index of a column that is set,
    also if the value is the same."""
    lead, touched = saved.lead, tuple(parts.get(COLUMNS.name, ()))
    values = [column.value for column in COLUMNS.rows(lead, country, touched)]
    key_and_doc = lead.account_id, lead.id, lead.version, lead.updated_at_ms, saved.doc
    connection.execute(_update_of(touched), (*key_and_doc, *values))


@lru_cache(maxsize=512)
def _update_of(touched: Sequence[str]) -> str:
    columns_set = (f", {name} = ?{number}" for number, name in enumerate(touched, 6))
    return SQL["update_lead"].replace("/*columns*/", "".join(columns_set))
