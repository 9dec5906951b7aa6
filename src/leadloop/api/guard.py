"""From a presented API key to a caller: whose data it may touch, and what it may do there.

A key is loaded at most every few seconds; within that time a revocation takes effect on every node.
"""

import asyncio
import time
from collections.abc import Callable
from typing import NamedTuple

import structlog
from msgspec import Struct

from leadloop.api.errors import ApiError
from leadloop.api.failed_keys import FailedKeys
from leadloop.api.request import Request
from leadloop.core import keys
from leadloop.core.accounts import Account
from leadloop.core.errors import Problem
from leadloop.core.keys import ApiKey
from leadloop.core.store import Clock, Store

CACHE_MS = 4_000
"""Revocation is promised within 5 s on every node."""
CACHE_LIMIT = 10_000
TOUCH_MS = 60_000

_log = structlog.get_logger()
_KEY_PARAMETERS = frozenset({"xapikey", "apikey", "accesstoken"})


class Caller(Struct, frozen=True):
    account_id: str
    key_id: str
    scopes: frozenset[str]
    asks_version: bool
    """The account lets nobody change a lead without saying which version was read."""
    country: str | None = None
    """The account's."""
    is_renewing: bool = False
    """The matching keys of the account's leads are being renewed."""

    def require(self, scope: str) -> None:
        """Raises `ApiError` 403 naming the scope that the key lacks."""
        if scope not in self.scopes:
            raise ApiError(403, Problem("scope_missing", scope=scope))


def refuse_key_in_query(request: Request) -> None:
    """A key in a URL ends up in logs and histories. Raises `ApiError` 400."""
    for name, value in request.query_params.multi_items():
        plain, text = name.lower().replace("-", "").replace("_", ""), f"{name}={value}"
        if plain in _KEY_PARAMETERS or "ll_live_" in text or "ll_test_" in text:
            raise ApiError(400, Problem("key_in_url"))


class Known(NamedTuple):
    """What the store said of a key id, and when by the monotonic clock; `None` for a key that does not exist."""

    loaded_s: float
    key: ApiKey | None
    caller: Caller | None


class Guard:
    """Checks the keys of requests against the store, remembering each for a few seconds."""

    def __init__(
        self, store: Store, clock: Clock, pepper: bytes, elapsed: Callable[[], float] = time.monotonic
    ) -> None:
        """`clock` says when a key expires, `elapsed` how old is what is remembered, whatever the clock is set to."""
        self._store = store
        self._clock = clock
        self._pepper = pepper
        self._elapsed = elapsed
        self._known: dict[str, Known] = {}
        self._loading: dict[str, asyncio.Task[Known]] = {}
        self._failed = FailedKeys(elapsed)
        self._touched: dict[str, int] = {}
        self._tasks: set[asyncio.Task[None]] = set()

    async def caller(self, request: Request) -> Caller:
        """Raises `ApiError` 401, the same for unknown, wrong, revoked and expired keys; 429 for too many of these."""
        now_ms = self._clock()
        token = keys.parse(_presented(request))
        if token is None:
            raise self._refusal(request)
        known = self._known.get(token.key_id)
        if known is None or self._elapsed() - known.loaded_s >= CACHE_MS / 1_000:
            known = await self._find(token.key_id)
            now_ms = self._clock()
        key, caller = known.key, known.caller
        is_right = key is not None and keys.matches(key, self._pepper, token.secret)
        if key is None:
            keys.digest(self._pepper, token.secret)
        if key is None or caller is None or not is_right or not key.valid_at(now_ms):
            raise self._refusal(request)
        if now_ms - self._touched.get(key.id, key.last_used_at_ms or 0) >= TOUCH_MS:
            self._touch(key, now_ms)
        return caller

    def _refusal(self, request: Request) -> ApiError:
        wait_s = self._failed.note(request.client.host if request.client else "")
        if wait_s is None:
            return ApiError(401, Problem("key_required"))
        return ApiError(429, Problem("too_many_failed_keys"), headers={"Retry-After": str(wait_s)})

    async def _find(self, key_id: str) -> Known:
        """Requests that come together for one key share one look into the store."""
        loading = self._loading.get(key_id)
        if loading is None:
            loading = self._loading[key_id] = asyncio.create_task(self._load(key_id))
            loading.add_done_callback(lambda _: self._loading.pop(key_id, None))
        return await asyncio.shield(loading)

    async def _load(self, key_id: str) -> Known:
        started_s = self._elapsed()
        key, caller = await self._store.keys.get(key_id), None
        if key is not None:
            account = await self._store.accounts.get(key.account_id)
            caller = _caller(key, account)
        if len(self._known) >= CACHE_LIMIT:
            self._known.clear()
        known = self._known[key_id] = Known(started_s, key, caller)
        return known

    def _touch(self, key: ApiKey, now_ms: int) -> None:
        """Note the key's use, to the minute, beside the request."""
        self._touched[key.id] = now_ms
        task = asyncio.create_task(self._note_use(key, now_ms))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _note_use(self, key: ApiKey, now_ms: int) -> None:
        try:
            await self._store.keys.touch([(key.account_id, key.id, now_ms)])
        except Exception as error:
            _log.warning("key use not noted", key=key.id, error=type(error).__name__)


def _caller(key: ApiKey, account: Account | None) -> Caller:
    scopes = frozenset(key.scopes)
    if account is None:
        return Caller(key.account_id, key.id, scopes, asks_version=False)
    return Caller(key.account_id, key.id, scopes, account.asks_version, account.country, account.is_renewing)


def _presented(request: Request) -> str:
    key = request.fields.get(b"x-api-key")
    if key is not None:
        return key.decode("latin-1").strip()
    scheme, _, value = (request.field(b"authorization") or "").partition(" ")
    return value.strip() if scheme.lower() == "bearer" else ""
