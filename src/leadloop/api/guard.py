"""Authenticates API keys: resolves a key to its `Caller` with account and scopes.

Keys are cached for a few seconds; a revocation takes effect within that time on every node.
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
"""Guarantees that a revocation takes effect within 5 s on every node."""
CACHE_LIMIT = 10_000
TOUCH_MS = 60_000

_log = structlog.get_logger()
_KEY_PARAMETERS = frozenset({"xapikey", "apikey", "accesstoken"})


class Caller(Struct, frozen=True):
    account_id: str
    key_id: str
    scopes: frozenset[str]
    asks_version: bool
    """The account requires every change of a lead to name the version that the client read."""
    country: str | None = None
    """The account's."""
    is_renewing: bool = False
    """A rebuild of the matching keys of the account's leads is in progress."""

    def require(self, scope: str) -> None:
        """Raises `ApiError` 403 naming the scope that the key lacks."""
        if scope not in self.scopes:
            raise ApiError(403, Problem("scope_missing", scope=scope))


def refuse_key_in_query(request: Request) -> None:
    """Refuses API keys in the URL, which ends up in logs and histories. Raises `ApiError` 400."""
    for name, value in request.query_params.multi_items():
        normalized, text = name.lower().replace("-", "").replace("_", ""), f"{name}={value}"
        if normalized in _KEY_PARAMETERS or "ll_live_" in text or "ll_test_" in text:
            raise ApiError(400, Problem("key_in_url"))


class CachedKey(NamedTuple):
    """A key as loaded from the store, and when by the monotonic clock; `None` for a key that does not exist."""

    loaded_s: float
    key: ApiKey | None
    caller: Caller | None


class Guard:
    """Checks API keys against the store, with a cache of a few seconds."""

    def __init__(
        self, store: Store, clock: Clock, pepper: bytes, elapsed: Callable[[], float] = time.monotonic
    ) -> None:
        """`clock` decides whether a key has expired, the monotonic `elapsed` how old a cache entry is."""
        self._store = store
        self._clock = clock
        self.pepper = pepper
        self._elapsed = elapsed
        self._cache: dict[str, CachedKey] = {}
        self._loading: dict[str, asyncio.Task[CachedKey]] = {}
        self._failed = FailedKeys(elapsed)
        self._touched: dict[str, int] = {}
        self._tasks: set[asyncio.Task[None]] = set()

    async def caller(self, request: Request) -> Caller:
        """Raises `ApiError` 401, the same for unknown, wrong, revoked and expired keys; 429 for too many of them."""
        now_ms = self._clock()
        token = keys.parse(_read_key(request))
        if token is None:
            raise self._refusal(request)
        cached = self._cache.get(token.key_id)
        if cached is None or self._elapsed() - cached.loaded_s >= CACHE_MS / 1_000:
            cached = await self._load_shared(token.key_id)
            now_ms = self._clock()
        key, caller = cached.key, cached.caller
        is_match = key is not None and keys.matches(key, self.pepper, token.secret)
        if key is None:
            keys.digest(self.pepper, token.secret)
        if key is None or caller is None or not is_match or not key.valid_at(now_ms):
            raise self._refusal(request)
        if now_ms - self._touched.get(key.id, key.last_used_at_ms or 0) >= TOUCH_MS:
            self._touch(key, now_ms, request.client.host if request.client else "")
        return caller

    def _refusal(self, request: Request) -> ApiError:
        wait_s = self._failed.count_failure(request.client.host if request.client else "")
        if wait_s is None:
            return ApiError(401, Problem("key_required"))
        return ApiError(429, Problem("too_many_failed_keys"), headers={"Retry-After": str(wait_s)})

    async def _load_shared(self, key_id: str) -> CachedKey:
        """Concurrent requests with the same key share one query."""
        loading = self._loading.get(key_id)
        if loading is None:
            loading = self._loading[key_id] = asyncio.create_task(self._load(key_id))
            loading.add_done_callback(lambda _: self._loading.pop(key_id, None))
        return await asyncio.shield(loading)

    async def _load(self, key_id: str) -> CachedKey:
        started_s = self._elapsed()
        key, caller = await self._store.keys.get(key_id), None
        if key is not None:
            account = await self._store.accounts.get(key.account_id)
            caller = _caller_of(key, account)
        if len(self._cache) >= CACHE_LIMIT:
            self._cache.clear()
        cached = self._cache[key_id] = CachedKey(started_s, key, caller)
        return cached

    def _touch(self, key: ApiKey, now_ms: int, address: str) -> None:
        """Records the key's last use and its address in the background, at most once a minute."""
        self._touched[key.id] = now_ms
        task = asyncio.create_task(self._note_use(key, now_ms, address))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _note_use(self, key: ApiKey, now_ms: int, address: str) -> None:
        try:
            await self._store.keys.touch([(key.account_id, key.id, now_ms, address)])
        except Exception as error:
            _log.warning("the use of a key was not recorded", key=key.id, error=type(error).__name__)


def _caller_of(key: ApiKey, account: Account | None) -> Caller:
    scopes = frozenset(key.scopes)
    if account is None:
        return Caller(key.account_id, key.id, scopes, asks_version=False)
    return Caller(key.account_id, key.id, scopes, account.asks_version, account.country, account.is_renewing)


def _read_key(request: Request) -> str:
    key = request.fields.get(b"x-api-key")
    if key is not None:
        return key.decode("latin-1").strip()
    scheme, _, value = (request.field(b"authorization") or "").partition(" ")
    return value.strip() if scheme.lower() == "bearer" else ""
