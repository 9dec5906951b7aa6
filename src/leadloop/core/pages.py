"""A part of a list that is read from a store: bounded by number and by bytes. Pure."""

from collections import deque
from collections.abc import Callable, Iterable, Iterator
from typing import Generic, NamedTuple, TypeVar

D = TypeVar("D")
T = TypeVar("T")

PAGE_LIMIT_BYTES = 8 * 1024 * 1024
"""Of the documents that are read for a page, and of the page as it is answered."""


class Page(NamedTuple, Generic[T]):
    items: Iterator[T]
    """Decoded one by one, as the caller takes them: decoded items need several times the memory of their documents."""
    number: int
    """Of `items`, before the first is taken."""
    is_cut: bool
    """The bytes ended the page: at least one item of the list follows."""


def page_of(documents: Iterable[D], decode: Callable[[D], T], *, is_cut: bool) -> Page[T]:
    """A page that releases each document once it is decoded."""
    waiting = deque(documents)
    return Page(_decoded(waiting, decode), len(waiting), is_cut)


def _decoded(waiting: deque[D], decode: Callable[[D], T]) -> Iterator[T]:
    while waiting:
        yield decode(waiting.popleft())
