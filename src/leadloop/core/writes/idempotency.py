"""Idempotency: a repeated request has its effect once (semantics section 4).

The transaction that applies the effect also stores, under the client's key, what is needed to repeat the answer. So the
effect never exists without its answer.
"""

from collections.abc import Awaitable, Callable
from typing import Any, Generic, NamedTuple, NoReturn, TypeVar

from msgspec import Struct

from leadloop.core.errors import KeyReused, LeadloopError

T = TypeVar("T")

RETENTION_MS = 48 * 3_600_000
"""Minimum time for which answers are stored."""


class StoredAnswer(NamedTuple):
    """`fingerprint` identifies the request that was answered. `answer` is a text that the caller defines; keep it
    small: the lead and its change log, not this text, hold the lead that the answer showed."""

    fingerprint: str
    at_ms: int
    lead_id: str
    """Or the id of another thing that the request created."""
    answer: str

    def reject_repeat(self, fingerprint: str) -> NoReturn:
        """Raises `AnsweredBefore`, or `KeyReused` when it belongs to a request with another fingerprint."""
        if self.fingerprint != fingerprint:
            raise KeyReused
        raise AnsweredBefore(self)


class AnswerKey(NamedTuple):
    """Of a request that must create something once: stored with the id of that, in the same transaction."""

    key: str
    """Unique to account, method, path and the client's key."""
    fingerprint: str
    at_ms: int


class AnsweredBefore(LeadloopError):
    """An earlier call of the same request stored its answer. Nothing was written now."""

    def __init__(self, stored_answer: StoredAnswer) -> None:
        super().__init__("the request was answered before")
        self.stored_answer = stored_answer


class IdempotentCall(Struct, Generic[T], frozen=True, kw_only=True):
    """A request that must have its effect once. `key` is unique to account, method, path and the client's key.

    `serialize` turns a write result into the text to store; `replay` turns the stored answer back into a response.
    """

    key: str
    fingerprint: str
    serialize: Callable[[Any], str]
    replay: Callable[[StoredAnswer], Awaitable[T]]

    def reject_repeat(self, stored_answer: StoredAnswer) -> NoReturn:
        """Raises `AnsweredBefore`, or `KeyReused` when the stored answer belongs to a different request."""
        stored_answer.reject_repeat(self.fingerprint)
