"""A cached key expires by the monotonic clock, concurrent callers share one read of it, and failures are counted."""

import asyncio
from typing import Any, cast

import pytest
from msgspec import structs

from leadloop.api.errors import ApiError
from leadloop.api.failed_keys import ADDRESSES, BURST, PER_SECOND, FailedKeys
from leadloop.api.guard import CACHE_MS, Guard
from leadloop.api.request import Request
from leadloop.core import keys
from leadloop.core.accounts import Account
from leadloop.core.keys import ApiKey

PEPPER, ACCOUNT = b"p" * 32, "a" * 24
KEY, TEXT = keys.mint(ACCOUNT, "k", ["leads:read"], PEPPER, 0)
NOW_MS = 1_760_000_000_000


class Keys:
    """A store with one key; counts its reads."""

    def __init__(self) -> None:
        self.key_: ApiKey | None = KEY
        self.reads = 0

    @property
    def keys(self) -> "Keys":
        return self

    @property
    def accounts(self) -> "OneAccount":
        return OneAccount()

    async def get(self, key_id: str) -> ApiKey | None:
        self.reads += 1
        await asyncio.sleep(0)
        return self.key_ if key_id == KEY.id else None

    async def touch(self, used: Any) -> None:
        pass


class OneAccount:
    async def get(self, account_id: str) -> Account:
        return Account(id=account_id, name="A", created_at_ms=0)


class Clocks:
    def __init__(self) -> None:
        self.now_ms, self.elapsed_s = NOW_MS, 100.0

    def guard(self, store: Keys) -> Guard:
        return Guard(cast(Any, store), lambda: self.now_ms, PEPPER, lambda: self.elapsed_s)


def request(key: str = TEXT, address: str = "203.0.113.7") -> Request:
    scope = {"type": "http", "headers": [(b"x-api-key", key.encode())], "client": (address, 1), "query_string": b""}
    return Request(scope, cast(Any, None))


def status(guard: Guard, *requests: Request) -> list[int]:
    async def run() -> list[int]:
        answers = await asyncio.gather(*(guard.caller(request) for request in requests), return_exceptions=True)
        return [answer.status if isinstance(answer, ApiError) else 200 for answer in answers]

    return asyncio.run(run())


@pytest.mark.parametrize("step_ms", [0, -3_600_000, 3_600_000])
def test_a_revoked_key_ends_whatever_the_clock_is_set_to(step_ms: int) -> None:
    clocks, store = Clocks(), Keys()
    guard = clocks.guard(store)
    assert status(guard, request()) == [200]
    store.key_ = structs.replace(KEY, revoked_at_ms=0)
    clocks.now_ms += step_ms
    clocks.elapsed_s += CACHE_MS / 1_000 - 0.1
    assert status(guard, request()) == [200], "within the time that is promised"
    clocks.elapsed_s += 0.2
    assert status(guard, request()) == [401]


def test_requests_that_come_together_read_the_key_once() -> None:
    clocks, store = Clocks(), Keys()
    guard = clocks.guard(store)
    assert status(guard, *(request() for _ in range(50))) == [200] * 50
    assert store.reads == 1
    clocks.elapsed_s += CACHE_MS
    assert status(guard, *(request() for _ in range(50))) == [200] * 50
    assert store.reads == 2


def test_too_many_failures_of_an_address_are_429_and_a_valid_key_is_not() -> None:
    clocks, store = Clocks(), Keys()
    guard = clocks.guard(store)
    wrong = [request("garbage"), request("ll_live_x"), request(TEXT[:-1] + ("0" if TEXT[-1] != "0" else "1"))]
    assert status(guard, *(wrong * BURST)[:BURST]) == [401] * BURST
    assert status(guard, *wrong, request(), request("x", "203.0.113.8")) == [429, 429, 429, 200, 401]
    clocks.elapsed_s += 1
    assert status(guard, *(wrong * PER_SECOND)[: PER_SECOND + 1]) == [401] * PER_SECOND + [429]


def test_the_answer_says_when_to_try_again() -> None:
    failed = FailedKeys(lambda: 0.0)
    assert [failed.count_failure("a") for _ in range(BURST + 1)] == [None] * BURST + [1]


def test_no_more_addresses_are_remembered_than_fit() -> None:
    failed = FailedKeys(lambda: 0.0)
    for number in range(ADDRESSES + 500):
        failed.count_failure(str(number))
    assert len(failed._buckets) == ADDRESSES
