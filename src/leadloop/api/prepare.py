"""Prepares a request, once: the only way from an HTTP request to the `Call` that a handler gets.

The order of checks is that of semantics section 2. What needs the lead is checked inside the store's transaction.
"""

import re
from hashlib import blake2b

from leadloop.api import body as bodies
from leadloop.api import entity_tags
from leadloop.api.call import Call, Context, Dialect, Route, Takes
from leadloop.api.errors import BASE_VERSION, invalid
from leadloop.api.guard import Caller, refuse_key_in_query
from leadloop.api.parameters import judge
from leadloop.api.prefer import NO_PREFERENCES, Preferences, parse
from leadloop.api.request import Request
from leadloop.core.ids import stamp
from leadloop.core.writes.preconditions import NONE, Preconditions

NO_HEADERS: dict[str, str] = {}
DRY = Preconditions(dry_run=True)

_BASE_VERSION = BASE_VERSION.lower().encode()
_KEY = re.compile(r"[\x21-\x7e]{1,255}")
_VERSION = re.compile(r"[1-9][0-9]{0,14}")


async def prepare(
    context: Context, dialect: Dialect, route: Route, request: Request, at_ms: int, request_id: str
) -> Call:
    """Raises `ApiError` 400, 401, 403, 404, 413, 415, 429."""
    query, fields = request.scope["query_string"], request.fields
    if query:
        refuse_key_in_query(request)
    caller = await context.guard.caller(request)
    caller.require(route.scope)
    if route.also is not None:
        caller.require(route.also)
    if route.check is not None:
        route.check(caller, request.path_params)
    preferences = parse(request.field(b"prefer") or "") if b"prefer" in fields else NO_PREFERENCES
    headers = NO_HEADERS
    if query and route.method == "GET":
        headers = judge(request.query_params, route.query, preferences.handling)
    by = stamp(at_ms, request_id, f"key:{caller.key_id}", dialect.name)
    about = context, dialect, request, caller, by, preferences, headers

    takes = route.takes
    if takes is Takes.NOTHING:
        return Call(*about)
    if takes is Takes.LEAD_DELETION:
        return Call(*about, _preconditions(request, caller, preferences))
    bodies.check(request)
    preconditions = DRY if preferences.dry_run else NONE
    if takes is Takes.LEAD_CHANGE:
        preconditions = _preconditions(request, caller, preferences)
    has_key = takes is not Takes.OBJECT and b"idempotency-key" in fields
    key = _idempotency_key(request) if has_key else ""
    raw = await bodies.read(request)
    body = await bodies.decode_body(raw)
    if not key or preferences.dry_run:
        return Call(*about, preconditions, body, len(raw))
    scope = "\n".join((request.method, request.url.path.rstrip("/"), key))
    said = [request.field(name) or "" for name in (b"if-match", _BASE_VERSION)]
    said.append(str("leads:read" in caller.scopes))  # lest a replay show what its key may not see
    fingerprint = _digest("\n".join(said).encode() + b"\n" + raw)
    return Call(*about, preconditions, body, len(raw), _digest(scope.encode()), fingerprint)


def _digest(text: bytes) -> str:
    return blake2b(text, digest_size=16).hexdigest()


def _preconditions(request: Request, caller: Caller, preferences: Preferences) -> Preconditions:
    if b"if-match" not in request.fields and _BASE_VERSION not in request.fields:
        if not caller.asks_version:
            return DRY if preferences.dry_run else NONE
        return Preconditions(missing=True, dry_run=preferences.dry_run)
    if_match, base = request.field(b"if-match"), request.field(_BASE_VERSION)
    versions = None if if_match is None or if_match.strip() == "*" else _versions(if_match)
    return Preconditions(versions=versions, base_version=_base_version(base), dry_run=preferences.dry_run)


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


def _idempotency_key(request: Request) -> str:
    """Quoted or bare, it is the same key."""
    text = request.field(b"idempotency-key") or ""
    key = text[1:-1] if len(text) > 1 and text[0] == text[-1] == '"' else text
    if not _KEY.fullmatch(key):
        raise invalid("Idempotency-Key", "idempotency_key_expected")
    return key
