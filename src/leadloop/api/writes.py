"""Writes of a lead, the same for every dialect: create or upsert, patch, delete, and other operations by `write_lead`.

What differs between dialects is in the `Dialect` value.
"""

from collections.abc import Awaitable, Callable
from functools import partial
from typing import Any

import msgspec

from leadloop.api import views
from leadloop.api.call import Answer, Body, Call, lead_id_of
from leadloop.api.errors import ApiError, invalid_field
from leadloop.api.prefer import problems_for
from leadloop.api.replays import AnswerBuilder, plain_builder, render, replay, summarize
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

Operation = Callable[[Call, WriteRequest[Answer]], Awaitable[Answer]]
"""Calls a use case of the core with the prepared request and the write."""
ReadBody = Callable[[Body, Lead, Lead, Problems], LeadPatch]


async def write_lead(call: Call, builder: AnswerBuilder, operation: Operation) -> Answer:
    """Runs a write under the preconditions of the request, and once per idempotency key.

    Raises what `operation` raises; `ApiError` 409 for a conflict and while the same request is still running;
    `KeyReused`.
    """
    if call.preferences.dry_run:
        endpoints = await call.context.store.endpoints.all(call.caller.account_id)
        call = call._replace(endpoints=[stored.endpoint for stored in endpoints])
    once = None
    if call.idempotency_key:
        once = IdempotentCall(
            key=call.idempotency_key,
            fingerprint=call.fingerprint,
            serialize=partial(summarize, call, builder),
            replay=partial(replay, call, builder),
        )
    write = WriteRequest(
        stamp=call.stamp,
        account_id=call.caller.account_id,
        answer=partial(builder.answer, call) if once is None else partial(render, call, builder),
        preconditions=call.preconditions,
        idempotent_call=once,
        region=call.dialect.region,
        body_bytes=call.body_bytes,
    )
    try:
        return await (operation(call, write) if once is None else _run_once(call, write, once, operation))
    except Conflict as error:
        raise views.conflict(call, error) from None


async def _run_once(
    call: Call, write: WriteRequest[Answer], once: IdempotentCall[Answer], operation: Operation
) -> Answer:
    try:
        async with call.context.request_lock.hold(f"{write.account_id} {once.key}") as waited:
            if waited:
                await _reject_repeat(call, once)
            return await operation(call, write)
    except AnsweredBefore as before:
        return await once.replay(before.stored_answer)


async def _reject_repeat(call: Call, once: IdempotentCall[Answer]) -> None:
    """Raises `AnsweredBefore` or `KeyReused` if an answer is stored under the key."""
    stored_answer = await call.context.store.answers.get(call.caller.account_id, once.key)
    if stored_answer:
        once.reject_repeat(stored_answer)


async def patch_lead(call: Call) -> Answer:
    ignored: list[str] = []
    read = partial(_read, call.dialect.read_patch, ignored)
    return await write_lead(call, _answer_builder(call, ignored, read), partial(_update, lead_id_of(call), read))


async def delete_lead(call: Call) -> Answer:
    async def delete(call: Call, write: WriteRequest[Answer]) -> Answer:
        return await use_cases.delete(call.context.store, write, lead_id_of(call))

    builder = plain_builder(lambda call, result: call.dialect.success(call, result, []))
    return await write_lead(call, builder, delete)


async def create_lead(call: Call) -> Answer:
    """Creates a lead, or updates the one that an upsert matches."""
    dialect, ignored = call.dialect, list[str]()
    match = _match(call)
    read_match = partial(_read, dialect.read_match, ignored)

    def read(call: Call, blank: Lead) -> LeadPatch:
        def read_new(body: Body, base: Lead, now: Lead, problems: Problems) -> LeadPatch:
            return dialect.read_new(body, blank, call.stamp, problems)

        return _read(read_new, ignored, call, blank, blank)

    def reread(call: Call, base: Lead | None, now: Lead | None) -> LeadPatch:
        if base is None or now is None:
            return read(call, use_cases.blank_lead_for(use_cases.plain(call.stamp, call.caller.account_id)))
        return read_match(call, base, now)

    async def create(call: Call, write: WriteRequest[Answer]) -> Answer:
        contact = _contact(call) or Contact(region=dialect.region)
        new = partial(read, call, use_cases.blank_lead_for(write))
        return await use_cases.create(call.context.store, write, new, contact, absent=match)

    builder = _answer_builder(call, ignored, reread)
    if match is None:
        return await write_lead(call, builder, create)
    return await write_lead(call, builder, partial(_upsert, match, read_match, create))


def shows_lead(call: Call) -> bool:
    """Whether the answer to a write includes the lead."""
    always = call.dialect.shows_new_leads and call.request.method == "POST"
    return call.may_read if always else call.wants_representation()


def _answer_builder(call: Call, ignored: list[str], reread: Callable[..., LeadPatch]) -> AnswerBuilder:
    success = call.dialect.success
    return AnswerBuilder(lambda call, result: success(call, result, ignored), ignored, reread, shows_lead)


def _read(read: ReadBody, ignored: list[str], call: Call, base: Lead, now: Lead) -> LeadPatch:
    """The patch of the body. Fills `ignored` with pointers to ignored members."""
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
        differs_in_view=call.dialect.view.differs_in_view,
    )


def _match(call: Call) -> Match | None:
    """The match of an upsert; `None` if the client requests none. Raises `ApiError` 400."""
    by, members = call.preferences.upsert, call.dialect.matches
    if by is None:
        return None
    choice = next((name for name in members if name.lower() == by.lower()), None)
    if choice is None:
        raise invalid_field("Prefer", "upsert_expected", choices=tuple(members))
    match = _match_by(call, choice, call.body.get(members[choice]), call.body.get("country"))
    if match is None:
        raise invalid_field(members[choice], "upsert_value_required")
    return match


def _match_by(call: Call, choice: str, text: Any, country: Any) -> Match | None:
    """`None` if the value has no matching key."""
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
    match: Match,
    read: Callable[[Call, Lead, Lead], LeadPatch],
    create: Operation,
    call: Call,
    write: WriteRequest[Answer],
) -> Answer:
    """Updates the lead that matches, or creates one. Raises `ApiError` 409 if several match."""
    async with call.context.request_lock.hold(f"{write.account_id} {':'.join(match[:2])}"):
        if write.idempotent_call:
            await _reject_repeat(call, write.idempotent_call)
        for _ in range(UPSERT_ATTEMPTS):
            lead_ids = await _find_matches(call, match)
            if len(lead_ids) > 1:
                raise _several_match(call, [call.dialect.shown_id(lead_id) for lead_id in lead_ids])
            try:
                return await (_update(lead_ids[0], read, call, write, match) if lead_ids else create(call, write))
            except (LeadNotFound, LeadExists):
                continue
    raise Overloaded(Problem("upsert_contended"))


async def _find_matches(call: Call, match: Match) -> list[str]:
    """The ids of the newest leads that match."""
    if match.former is not None:
        candidates = await call.context.store.leads.by_keys(call.caller.account_id, match.former, CANDIDATES)
        lead_ids = [lead.id for lead in candidates if match.matches(lead, lambda: call.caller.country)]
        return sorted(lead_ids, reverse=True)[:MOST_CANDIDATES]
    query = LeadQuery(account_id=call.caller.account_id, order=Order.CREATED, limit=MOST_CANDIDATES)
    leads = await call.context.store.leads.find(msgspec.structs.replace(query, **{match.column: match.value}))
    return [lead.id for lead in leads]


def _several_match(call: Call, lead_ids: list[str]) -> ApiError:
    more = {"candidates": lead_ids} if call.may_read else {}
    return ApiError(409, Problem("several_leads_match"), more=more)
