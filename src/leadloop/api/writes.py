"""Writes of a lead, the same for every dialect: create or upsert, patch, delete, and whatever else `write_lead` is
given. What a dialect does by itself is in its `Dialect` value.
"""

from collections.abc import Awaitable, Callable
from functools import partial
from typing import Any

import msgspec

from leadloop.api import views
from leadloop.api.call import Answer, Body, Call, lead_id_of
from leadloop.api.errors import ApiError, invalid
from leadloop.api.prefer import problems_for
from leadloop.api.replays import Answering, keep, plain, render, replay
from leadloop.core.errors import Conflict, LeadExists, LeadNotFound, Overloaded, Problem
from leadloop.core.leads.matching import Contact, Match
from leadloop.core.leads.model import Lead
from leadloop.core.leads.normalize import external_key
from leadloop.core.leads.patch import LeadPatch
from leadloop.core.problems import Problems
from leadloop.core.store import CANDIDATES, LeadQuery, Order
from leadloop.core.writes import use_cases
from leadloop.core.writes.idempotency import AnsweredBefore, IdempotentCall
from leadloop.core.writes.use_cases import WriteRequest

MOST_CANDIDATES = 20
UPSERT_ATTEMPTS = 5

Do = Callable[[Call, WriteRequest[Answer]], Awaitable[Answer]]
"""A use case of the core, given the prepared request and the write that it is to make."""
ReadBody = Callable[[Body, Lead, Lead, Problems], LeadPatch]


async def write_lead(call: Call, answering: Answering, do: Do) -> Answer:
    """Does a write under the preconditions of the request, and once for its idempotency key.

    Raises what `do` raises; `ApiError` 409 for a conflict, and where the same request stays in progress; `KeyReused`.
    """
    if call.preferences.dry_run:
        stored = await call.context.store.endpoints.all(call.caller.account_id)
        call = call._replace(endpoints=[each.endpoint for each in stored])
    once = None
    if call.once_key:
        once = IdempotentCall(
            key=call.once_key,
            fingerprint=call.fingerprint,
            keep=partial(keep, call, answering),
            replay=partial(replay, call, answering),
        )
    write = WriteRequest(
        stamp=call.stamp,
        account_id=call.caller.account_id,
        answer=partial(answering.answer, call) if once is None else partial(render, call, answering),
        terms=call.preconditions,
        once=once,
        region=call.dialect.region,
        body_bytes=call.body_bytes,
    )
    try:
        return await (do(call, write) if once is None else _do_once(call, write, once, do))
    except Conflict as error:
        raise views.conflict(call, error) from None


async def _do_once(call: Call, write: WriteRequest[Answer], once: IdempotentCall[Answer], do: Do) -> Answer:
    try:
        async with call.context.request_lock.hold(f"{write.account_id} {once.key}") as waited:
            kept = await call.context.store.answers.get(write.account_id, once.key) if waited else None
            if kept:
                once.refuse_again(kept)
            return await do(call, write)
    except AnsweredBefore as before:
        return await once.replay(before.kept)


async def patch_lead(call: Call) -> Answer:
    ignored: list[str] = []
    read = partial(_read, call.dialect.read_patch, ignored)
    return await write_lead(call, _answering(call, ignored, read), partial(_update, lead_id_of(call), read))


async def delete_lead(call: Call) -> Answer:
    async def delete(call: Call, write: WriteRequest[Answer]) -> Answer:
        return await use_cases.delete(call.context.store, write, lead_id_of(call))

    answering = plain(lambda call, written: call.dialect.success(call, written, []))
    return await write_lead(call, answering, delete)


async def create_lead(call: Call) -> Answer:
    """Creates a lead, or updates the one that an upsert finds."""
    dialect, ignored = call.dialect, list[str]()
    match = _match(call)
    patched = partial(_read, dialect.read_match, ignored)

    def read(call: Call, blank: Lead) -> LeadPatch:
        def read_new(body: Body, base: Lead, now: Lead, problems: Problems) -> LeadPatch:
            return dialect.read_new(body, blank, call.stamp, problems)

        return _read(read_new, ignored, call, blank, blank)

    def reread(call: Call, base: Lead | None, now: Lead | None) -> LeadPatch:
        if base is None or now is None:
            return read(call, use_cases.blank_lead_for(use_cases.plain(call.stamp, call.caller.account_id)))
        return patched(call, base, now)

    async def create(call: Call, write: WriteRequest[Answer]) -> Answer:
        contact = _contact(call) or Contact(region=dialect.region)
        new = partial(read, call, use_cases.blank_lead_for(write))
        return await use_cases.create(call.context.store, write, new, contact, absent=match)

    answering = _answering(call, ignored, reread)
    if match is None:
        return await write_lead(call, answering, create)
    return await write_lead(call, answering, partial(_upsert, match, patched, create))


def shows_lead(call: Call) -> bool:
    """Whether the answer to a write shows the lead."""
    always = call.dialect.shows_new_leads and call.request.method == "POST"
    return call.may_read if always else call.wants_representation()


def _answering(call: Call, ignored: list[str], reread: Callable[..., LeadPatch]) -> Answering:
    success = call.dialect.success
    return Answering(lambda call, written: success(call, written, ignored), ignored, reread, shows_lead)


def _read(read: ReadBody, ignored: list[str], call: Call, base: Lead, now: Lead) -> LeadPatch:
    """The patch that the body means; `ignored` becomes the list of what was not taken of it."""
    problems = problems_for(call.preferences.handling, refuses_unknown=call.dialect.refuses_unknown)
    patch = read(call.body, base, now, problems)
    ignored[:] = problems.ignored
    return patch


def _contact(call: Call) -> Contact | None:
    return call.dialect.contact(call.body, is_renewing=call.caller.is_renewing)


async def _update(
    lead_id: str,
    read: Callable[[Call, Lead, Lead], LeadPatch],
    call: Call,
    write: WriteRequest[Answer],
    match: Match | None = None,
) -> Answer:
    return await use_cases.update(
        call.context.store,
        write,
        lead_id,
        partial(read, call),
        contact=_contact(call),
        message_id=call.dialect.message_id(call.body),
        found_by=match,
        eyes=call.dialect.view.differs_in_view,
    )


def _match(call: Call) -> Match | None:
    """What an upsert looks for; `None` where none is requested. Raises `ApiError` 400."""
    by, members = call.preferences.upsert, call.dialect.matches
    if by is None:
        return None
    choice = next((name for name in members if name.lower() == by.lower()), None)
    if choice is None:
        raise invalid("Prefer", "upsert_expected", choices=tuple(members))
    match = _match_by(call, choice, call.body.get(members[choice]), call.body.get("country"))
    if match is None:
        raise invalid(members[choice], "upsert_value_required")
    return match


def _match_by(call: Call, choice: str, text: Any, country: Any) -> Match | None:
    """`None` for a value without a key."""
    if not isinstance(text, str):
        return None
    if choice == "externalId":
        key = external_key(text)
        return None if key is None else Match("external_key", key)
    email, phone = (text, None) if choice == "email" else (None, text)
    of_lead = country if isinstance(country, str) else None
    contact = Contact(email, phone, of_lead, call.dialect.region, call.caller.is_renewing)
    keys = contact.keys(None, lambda: call.caller.country)
    if keys is None:
        return None
    if keys.email is not None:
        return Match("email_key", keys.email, keys.former)
    return Match("phone_key", keys.phone or "", keys.former)


async def _upsert(
    match: Match, read: Callable[[Call, Lead, Lead], LeadPatch], create: Do, call: Call, write: WriteRequest[Answer]
) -> Answer:
    """Updates the one lead that matches, creates where none does. Raises `ApiError` 409 naming several."""
    async with call.context.request_lock.hold(f"{write.account_id} {':'.join(match[:2])}"):
        kept = await call.context.store.answers.get(write.account_id, write.once.key) if write.once else None
        if write.once and kept:
            write.once.refuse_again(kept)
        for _ in range(UPSERT_ATTEMPTS):
            lead_ids = await _matching(call, match)
            if len(lead_ids) > 1:
                raise _several(call, [call.dialect.shown_id(lead_id) for lead_id in lead_ids])
            try:
                return await (_update(lead_ids[0], read, call, write, match) if lead_ids else create(call, write))
            except (LeadNotFound, LeadExists):
                continue
    raise Overloaded(Problem("upsert_contended"))


async def _matching(call: Call, match: Match) -> list[str]:
    """The newest leads that match."""
    if match.former is not None:
        found = await call.context.store.leads.by_keys(call.caller.account_id, match.former, CANDIDATES)
        matching = [lead.id for lead in found if match.finds(lead, lambda: call.caller.country)]
        return sorted(matching, reverse=True)[:MOST_CANDIDATES]
    query = LeadQuery(account_id=call.caller.account_id, order=Order.CREATED, limit=MOST_CANDIDATES)
    leads = await call.context.store.leads.find(msgspec.structs.replace(query, **{match.column: match.value}))
    return [lead.id for lead in leads]


def _several(call: Call, lead_ids: list[str]) -> ApiError:
    more = {"candidates": lead_ids} if call.may_read else {}
    return ApiError(409, Problem("several_leads_match"), more=more)
