"""One unit inside the writer's transaction: load what it asks for, run its function, save what it decided.

Written at once, so that the units behind it in the group see it.
"""

from collections.abc import Callable, Sequence
from typing import TypeVar

import apsw
from msgspec import structs

from leadloop.core.catalogue.assignment import AssignmentCounts
from leadloop.core.catalogue.catalogue import Catalogue
from leadloop.core.changes import Change
from leadloop.core.leads.doc import decode
from leadloop.core.leads.matching import Country
from leadloop.core.leads.merge import Conversation
from leadloop.core.leads.model import Lead
from leadloop.core.store import CANDIDATES, HISTORY_LIMIT, SAME_CONTACT_LIMIT
from leadloop.core.writes.idempotency import StoredAnswer
from leadloop.core.writes.unit import Loaded, Saved, Unit
from leadloop.derived.columns import columns
from leadloop.derived.projection import Parts, touched
from leadloop.derived.references import added_references
from leadloop.storage import endpoints, rows, stored_answers, webhook_rows
from leadloop.storage.catalogues import Catalogues
from leadloop.storage.results import Failure
from leadloop.storage.sql import statements
from leadloop.storage.sqlite import catalogue, deliveries, insights, renewal, search
from leadloop.storage.sqlite.database import as_sqlite
from leadloop.storage.sqlite.search import FullText
from leadloop.webhooks.routing import Routes

T = TypeVar("T")

SQL = statements(__file__)
_GET_ANSWER = as_sqlite(stored_answers.SQL["get_answer"])
_GET_ROUTES, _LIST_ENDPOINTS = as_sqlite(endpoints.SQL["get_routes"]), as_sqlite(endpoints.SQL["list_endpoints"])
_GET, _INSERT, _UPDATE = SQL["get_lead"], SQL["insert_lead"], SQL["update_lead"]
_NEXT_POSITION, _INSERT_CHANGE, _PUT_MESSAGE = SQL["next_position"], SQL["insert_change"], SQL["put_message"]


def work_of(
    unit: Unit[T], routes: Routes, catalogues: Catalogues, full_text: FullText, filed: set[tuple[str, str]]
) -> Callable[[apsw.Connection], T | Failure]:
    """What the writer has to do for `unit`. Adds to `filed` the endpoints, with their accounts, that are told."""

    def work(connection: apsw.Connection) -> T | Failure:
        read: list[Catalogue] = []

        def known() -> Catalogue:
            if not read:
                read.append(catalogue.current(connection, catalogues.of(unit.account_id)))
            return read[0]

        loaded = _load(connection, unit, known)
        try:
            answer, saved, kept, attributed = unit.run(loaded)
        except Exception as error:
            return Failure(error)
        if saved is not None:
            parts = touched(saved.change.fields)
            _save(connection, full_text, loaded.lead, saved, parts, loaded.country)
            filed.update(_tell(connection, routes, loaded.lead, saved))
            if references := added_references(loaded.lead, saved.lead, parts):
                catalogue.teach(connection, known(), references)
        if attributed is not None:
            catalogue.take_turn(connection, unit.account_id, attributed)
        if kept is not None:
            connection.execute(SQL["insert_answer"], (unit.account_id, unit.idempotency_key, *kept))
        return answer

    return work


def _load(connection: apsw.Connection, unit: Unit[T], known: Callable[[], Catalogue]) -> Loaded:
    def turns() -> AssignmentCounts:
        return catalogue.turns(connection, unit.account_id)

    if unit.idempotency_key and (
        kept := connection.execute(_GET_ANSWER, (unit.account_id, unit.idempotency_key)).fetchone()
    ):
        return Loaded(None, stored_answer=StoredAnswer(*kept))
    doc = connection.execute(_GET, (unit.account_id, unit.lead_id)).get
    lead = None if doc is None else decode(doc)
    if not unit.needs_more_than_lead:
        return Loaded(lead, catalogue=known, assignment_counts=turns)

    def country() -> str | None:
        return known().options.country

    return Loaded(
        lead,
        _same_contact(connection, unit, lead, country),
        _conversation(connection, unit),
        _history(connection, unit),
        match_exists=_taken(connection, unit, country),
        catalogue=known,
        assignment_counts=turns,
    )


def _history(connection: apsw.Connection, unit: Unit[T]) -> Sequence[Change]:
    if unit.history_after is None:
        return ()
    cursor = connection.execute(SQL["get_history"], (unit.account_id, unit.lead_id, unit.history_after, HISTORY_LIMIT))
    return [rows.change(unit.account_id, row) for row in cursor]


def _taken(connection: apsw.Connection, unit: Unit[T], country: Country) -> bool:
    """Nobody else can create such a lead before this transaction ends."""
    match = unit.absent
    if match is None:
        return False
    if match.former is not None:
        candidates = renewal.by_keys(connection, unit.account_id, match.former, CANDIDATES)
        return any(match.matches(candidate, country) for candidate in candidates)
    return connection.execute(SQL[f"find_by_{match.column}"], (unit.account_id, match.value)).get is not None


def _same_contact(connection: apsw.Connection, unit: Unit[T], lead: Lead | None, country: Country) -> int:
    keys = unit.contact and unit.contact.keys(lead, country)
    if keys is None:
        return 0
    if keys.former is not None:
        candidates = renewal.by_keys(connection, unit.account_id, keys.former, CANDIDATES)
        return sum(one.id != unit.lead_id and keys.match(one, country) for one in candidates)
    asked = (unit.account_id, unit.lead_id, keys.email, keys.phone, SAME_CONTACT_LIMIT)
    count: int = connection.execute(SQL["count_same_contact"], asked).get
    return count


def _conversation(connection: apsw.Connection, unit: Unit[T]) -> Conversation:
    if unit.message_id is None:
        return Conversation()
    asked = (unit.account_id, unit.lead_id, unit.message_id)
    known = connection.execute(SQL["get_message"], asked).get
    newest_other = connection.execute(SQL["newest_other_message"], asked).get
    return Conversation(known and rows.message(known), newest_other and rows.message(newest_other))


def _tell(connection: apsw.Connection, routes: Routes, before: Lead | None, saved: Saved) -> set[tuple[str, str]]:
    """Files what the account's endpoints are to be told, and says which are."""
    account_id = saved.lead.account_id
    version = connection.execute(_GET_ROUTES, (account_id,)).get or 0
    if not routes.has(account_id, version):
        found = connection.execute(_LIST_ENDPOINTS, (account_id,))
        routes.cache(account_id, version, [webhook_rows.endpoint(row).endpoint for row in found])
    told = routes.deliveries(version, before, saved.lead, saved.change)
    deliveries.file(connection, told)
    return {(one.account_id, one.endpoint_id) for one, _ in told}


def _save(
    connection: apsw.Connection, full_text: FullText, before: Lead | None, saved: Saved, parts: Parts, country: Country
) -> None:
    """The version needs no guard: the lead was read in the same transaction."""
    lead, doc, change, message = saved
    connection.execute(
        _INSERT if before is None else _UPDATE,
        (lead.account_id, lead.id, lead.version, *structs.astuple(columns(lead, country)), doc.decode()),
    )
    if parts or before is None:
        insights.save(connection, before, lead, parts)
        search.save(connection, full_text, before, lead, parts, country)
    position: int = connection.execute(_NEXT_POSITION, (lead.account_id,)).get
    connection.execute(_INSERT_CHANGE, rows.change_row(change, position))
    if message is not None:
        row = (lead.account_id, lead.id, message.id, message.created_at_ms or 0, rows.message_json(message))
        connection.execute(_PUT_MESSAGE, row)
