"""A page of a list that is read from a store, limited in items and in bytes. Pure."""

from collections import deque
from collections.abc import Callable, Iterable, Iterator
from typing import Generic, NamedTuple, TypeVar

D = TypeVar("D")
T = TypeVar("T")

PAGE_LIMIT_BYTES = 8 * 1024 * 1024
"""Limit for the documents that are read for a page, and for the page in a response."""


class Page(NamedTuple, Generic[T]):
    items: Iterator[T]
    """Decoded one by one as the caller consumes them: decoded items need several times the memory of their
    documents."""
    number: int
    """The number of `items`, before the first is consumed."""
    is_cut: bool
    """The limit in bytes ended the page: at least one more item follows."""


def make_page(documents: Iterable[D], decode: Callable[[D], T], *, is_cut: bool) -> Page[T]:
    """Makes a page that releases each document as soon as it is decoded."""
    pending = deque(documents)
    return Page(_decode_in_turn(pending, decode), len(pending), is_cut)


def _decode_in_turn(pending: deque[D], decode: Callable[[D], T]) -> Iterator[T]:
    while pending:
        yield decode(pending.popleft())
