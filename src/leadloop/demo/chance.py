"""Random choices: by share, and of characters for the ids of ad platforms. Every lead has a random generator of its
own."""

from base64 import urlsafe_b64encode
from bisect import bisect
from collections.abc import Iterable, Sequence
from itertools import accumulate
from random import Random
from typing import Generic, TypeVar

T = TypeVar("T")


class Shares(Generic[T]):
    """Items with their shares of the whole."""

    def __init__(self, items: Sequence[T], shares: Iterable[float]) -> None:
        self._items = items
        self._sums = list(accumulate(shares))

    def draw(self, dice: Random) -> T:
        return self._items[bisect(self._sums, dice.random() * self._sums[-1], 0, len(self._items) - 1)]


def dice_of(seed: int, index: int, purpose: str) -> Random:
    """The random generator of one lead for one purpose: the same for the same arguments, on every machine."""
    return Random(f"leadloop {seed} {index} {purpose}")


def token(dice: Random, length: int) -> str:
    return urlsafe_b64encode(dice.randbytes(length * 3 // 4 + 1))[:length].decode()


def digits(dice: Random, length: int) -> str:
    """Random digits without a leading zero."""
    return str(dice.randrange(10 ** (length - 1), 10**length))


def hexadecimal(dice: Random, length: int) -> str:
    return dice.randbytes(length // 2).hex()
