"""The requests of one process that have begun to arrive and are not complete: how much memory they hold.

A request that is complete the first time anything of it is read never gets in here.
"""

from collections import Counter
from typing import Generic, NamedTuple, TypeVar

R = TypeVar("R")

OVERHEAD_BYTES = 16_384
"""Of each, beside its own bytes, so that their number is bounded too."""


class Sender(NamedTuple):
    """`key` is the API key as it was sent, checked or not; empty where there is none, or not yet."""

    address: str
    key: str


class Unfinished(Generic[R]):
    """Requests by their sender: of one sender, the one that grew last is the last."""

    def __init__(self, limit_bytes: int) -> None:
        self._limit_bytes = limit_bytes
        self._held_bytes = 0
        self._requests: dict[Sender, dict[R, int]] = {}
        self._sender_of: dict[R, Sender] = {}

    def __len__(self) -> int:
        return len(self._sender_of)

    def hold(self, request: R, sender: Sender, size_bytes: int) -> None:
        """Counts a request that has begun or grown."""
        self.release(request)
        held_bytes = size_bytes + OVERHEAD_BYTES
        self._sender_of[request] = sender
        self._requests.setdefault(sender, {})[request] = held_bytes
        self._held_bytes += held_bytes

    def release(self, request: R) -> None:
        """To be called when a request is complete or given up; for any other it does nothing."""
        sender = self._sender_of.pop(request, None)
        if sender is not None:
            self._held_bytes -= self._requests[sender].pop(request)
            if not self._requests[sender]:
                del self._requests[sender]

    def excess(self) -> R | None:
        """The request to refuse next; `None` while they hold no more than the limit.

        That is, of the address that holds the most, and there of the key that does, the request that has not grown for
        the longest. So whoever invents keys is one sender, and of the clients behind one proxy each is its own.
        """
        if self._held_bytes <= self._limit_bytes:
            return None
        by_sender = {sender: sum(held.values()) for sender, held in self._requests.items()}
        by_address = Counter[str]()
        for sender, held_bytes in by_sender.items():
            by_address[sender.address] += held_bytes
        address = max(by_address, key=by_address.__getitem__)
        largest = max((sender for sender in by_sender if sender.address == address), key=by_sender.__getitem__)
        return next(iter(self._requests[largest]))
