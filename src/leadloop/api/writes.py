"""What every write of a lead goes through: its headers, its body, its terms, and doing it once.

The order of checks is that of semantics section 2: size and media type, headers, syntax, then everything that needs
the lead, inside the store's transaction.
"""

import re
from collections.abc import Awaitable, Callable, Mapping
from functools import partial
from hashlib import blake2b
from typing import Any, NamedTuple

import msgspec

from leadloop.api import body as bodies
from leadloop.api import entity_tags
from leadloop.api.call import Answer, Call
from leadloop.api.errors import BASE_VERSION, ApiError, invalid
from leadloop.api.replays import Answering, keep, render, replay
from leadloop.api.request import Request
from leadloop.core.errors import LeadExists, LeadNotFound, Overloaded, Problem
from leadloop.core.leads.matching import Contact, Match
from leadloop.core.leads.normalize import external_key
from leadloop.core.leads.phones import BRAZIL
from leadloop.core.store import CANDIDATES, LeadQuery, Order
from leadloop.core.writes.idempotency import AnsweredBefore, IdempotentCall
from leadloop.core.writes.preconditions import NONE, Preconditions
from leadloop.core.writes.use_cases import WriteRequest

MOST_CANDIDATES = 20
UPSERT_ATTEMPTS = 5

_KEY = re.compile(r"[\x21-\x7e]{1,255}")
_VERSION = re.compile(r"[1-9][0-9]{0,14}")


class Sent(NamedTuple):
    """What came with a write. `once_key` and `fingerprint` are empty without an idempotency key."""

    body: dict[str, Any]
    terms: Preconditions
    once_key: str
    fingerprint: str
    size: int = 0
    """Bytes of the body."""


async def read(call: Call, *, needs_version: bool = True) -> Sent:
    """The request of a write with a body. Raises `ApiError` 413, 415, 400.

    `needs_version` is for what changes a lead that is there: `If-Match` counts, and the account may ask for it.
    """
    bodies.check(call.request)
    terms = _terms(call) if needs_version else Preconditions(dry_run=call.preferences.dry_run)
    key = _idempotency_key(call.request)
    raw = await bodies.read(call.request)
    body = await bodies.decode_body(raw)
    if key is None or terms.dry_run:
        return Sent(body, terms, "", "", len(raw))
    request = call.request
    scope = "\n".join((request.method, request.url.path.rstrip("/"), key))
    said = [request.field(name) or "" for name in (b"if-match", BASE_VERSION.lower().encode())]
    said.append(str(call.may_read))  # lest a replay show what its key may not see
    fingerprint = _digest("\n".join(said).encode() + b"\n" + raw)
    return Sent(body, terms, _digest(scope.encode()), fingerprint, len(raw))


def bodiless(call: Call) -> Sent:
    """The request of a write that needs no body. Raises `ApiError` 400."""
    return Sent({}, _terms(call), "", "")


def _digest(text: bytes) -> str:
    return blake2b(text, digest_size=16).hexdigest()


def _terms(call: Call) -> Preconditions:
    if not call.request.has_terms:
        if not call.caller.asks_version:
            return DRY if call.preferences.dry_run else NONE
        return Preconditions(missing=True, dry_run=call.preferences.dry_run)
    if_match, base = call.request.field(b"if-match"), call.request.field(BASE_VERSION.lower().encode())
    versions = None if if_match is None or if_match.strip() == "*" else _versions(if_match)
    return Preconditions(versions=versions, base_version=_base_version(base), dry_run=call.preferences.dry_run)


DRY = Preconditions(dry_run=True)


def _versions(if_match: str) -> frozenset[int]:
    """The versions of its strong entity tags; a tag that is none of ours matches nothing."""
    tags = entity_tags.parsed(if_match)
    if tags is None:
        raise invalid("If-Match", "entity_tags_expected")
    return frozenset(int(tag.text) for tag in tags if not tag.weak and _VERSION.fullmatch(tag.text))


def _base_version(text: str | None) -> int | None:
    if text is None:
        return None
    if not _VERSION.fullmatch(text):
        raise invalid(BASE_VERSION, "base_version_expected")
    return int(text)


def _idempotency_key(request: Request) -> str | None:
    """Quoted or bare, it is the same key."""
    text = request.field(b"idempotency-key")
    if text is None:
        return None
    key = text[1:-1] if len(text) > 1 and text[0] == text[-1] == '"' else text
    if not _KEY.fullmatch(key):
        raise invalid("Idempotency-Key", "idempotency_key_expected")
    return key


def writing(call: Call, sent: Sent, answering: Answering, region: str = BRAZIL) -> WriteRequest[Answer]:
    once = None
    if sent.once_key:
        once = IdempotentCall(
            key=sent.once_key,
            fingerprint=sent.fingerprint,
            keep=partial(keep, call, answering),
            replay=partial(replay, call, answering, sent.terms.base_version),
        )
    return WriteRequest(
        stamp=call.stamp,
        account_id=call.caller.account_id,
        answer=partial(render, call, answering) if sent.once_key else partial(answering.answer, call),
        terms=sent.terms,
        once=once,
        region=region,
        body_bytes=sent.size,
    )


def match(call: Call, body: Mapping[str, Any], members: Mapping[str, str], region: str) -> Match | None:
    """What an upsert looks for; `None` where none is requested. `members` says which member holds it, `region` where
    the dialect reads phones.

    Raises `ApiError` 400.
    """
    by = call.preferences.upsert
    if by is None:
        return None
    choice = next((name for name in members if name.lower() == by.lower()), None)
    if choice is None:
        raise invalid("Prefer", "upsert_expected", choices=tuple(members))
    found = _match(call, choice, body.get(members[choice]), body.get("country"), region)
    if found is None:
        raise invalid(members[choice], "upsert_value_required")
    return found


def _match(call: Call, choice: str, text: Any, country: Any, region: str) -> Match | None:
    """`None` for a value without a key."""
    if not isinstance(text, str):
        return None
    if choice == "externalId":
        key = external_key(text)
        return None if key is None else Match("external_key", key)
    email, phone = (text, None) if choice == "email" else (None, text)
    of_lead = country if isinstance(country, str) else None
    contact = Contact(email, phone, of_lead, region, call.caller.is_renewing)
    keys = contact.keys(None, lambda: call.caller.country)
    if keys is None:
        return None
    if keys.email is not None:
        return Match("email_key", keys.email, keys.former)
    return Match("phone_key", keys.phone or "", keys.former)


async def once(call: Call, write: WriteRequest[Answer], do: Callable[[], Awaitable[Answer]]) -> Answer:
    """`do` the write, or repeat its answer; while the same is under way already, wait for that.

    Raises `ApiError` 409 when that takes long, `KeyReused`.
    """
    if write.once is None:
        return await do()
    try:
        async with call.context.request_lock.hold(f"{write.account_id} {write.once.key}") as waited:
            kept = await call.store.answers.get(write.account_id, write.once.key) if waited else None
            if kept:
                write.once.refuse_again(kept)
            return await do()
    except AnsweredBefore as before:
        return await write.once.replay(before.kept)


class Upsert(NamedTuple):
    """How to write what a POST is to write, into a lead that is found or into a new one."""

    match: Match
    update: Callable[[str], Awaitable[Answer]]
    create: Callable[[], Awaitable[Answer]]
    shown_id: Callable[[str], str]


async def upsert(call: Call, write: WriteRequest[Answer], wish: Upsert) -> Answer:
    """Update the one lead that matches, create where none does. Raises `ApiError` 409 naming several."""
    return await once(call, write, partial(_upsert, call, write, wish))


async def _upsert(call: Call, write: WriteRequest[Answer], wish: Upsert) -> Answer:
    async with call.context.request_lock.hold(f"{write.account_id} {':'.join(wish.match[:2])}"):
        kept = await call.store.answers.get(write.account_id, write.once.key) if write.once else None
        if write.once and kept:
            write.once.refuse_again(kept)
        for _ in range(UPSERT_ATTEMPTS):
            found = await _matching(call, wish.match)
            if len(found) > 1:
                raise _several(call, [wish.shown_id(lead_id) for lead_id in found])
            try:
                return await (wish.update(found[0]) if found else wish.create())
            except (LeadNotFound, LeadExists):
                continue
    raise Overloaded(Problem("upsert_contended"))


async def _matching(call: Call, match: Match) -> list[str]:
    """The newest leads that match."""
    if match.former is not None:
        found = await call.store.leads.by_keys(call.caller.account_id, match.former, CANDIDATES)
        matching = [lead.id for lead in found if match.finds(lead, lambda: call.caller.country)]
        return sorted(matching, reverse=True)[:MOST_CANDIDATES]
    query = LeadQuery(account_id=call.caller.account_id, order=Order.CREATED, limit=MOST_CANDIDATES)
    leads = await call.store.leads.find(msgspec.structs.replace(query, **{match.column: match.value}))
    return [lead.id for lead in leads]


def _several(call: Call, lead_ids: list[str]) -> ApiError:
    more = {"candidates": lead_ids} if call.may_read else {}
    return ApiError(409, Problem("several_leads_match"), more=more)
