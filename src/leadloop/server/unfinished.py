"""The requests of one process that have begun to arrive and are not complete: how much memory they hold.

A request that is complete the first time anything of it is read never gets in here.
"""

from typing import Generic, TypeVar

R = TypeVar("R")

OVERHEAD_BYTES = 16_384
"""Of each, beside its own bytes, so that their number is bounded too."""


class Unfinished(Generic[R]):
    """Requests by their owner, who sent them: of one owner, the one that grew last is the last."""

    def __init__(self, limit_bytes: int) -> None:
        self._limit_bytes = limit_bytes
        self._held_bytes = 0
        self._owners: dict[str, dict[R, int]] = {}
        self._owner_bytes: dict[str, int] = {}
        self._owner_of: dict[R, str] = {}

    def __len__(self) -> int:
        return len(self._owner_of)

    def hold(self, request: R, owner: str, size_bytes: int) -> None:
        """Counts a request that has begun or grown."""
        self.release(request)
        held_bytes = size_bytes + OVERHEAD_BYTES
        self._owner_of[request] = owner
        self._owners.setdefault(owner, {})[request] = held_bytes
        self._owner_bytes[owner] = self._owner_bytes.get(owner, 0) + held_bytes
        self._held_bytes += held_bytes

    def excess(self) -> R | None:
        """The request to refuse next; `None` while they hold no more than the limit.

        That is, of the owner that holds the most, the request that has not grown for the longest.
        """
        if self._held_bytes <= self._limit_bytes:
            return None
        largest = max(self._owner_bytes, key=self._owner_bytes.__getitem__)
        return next(iter(self._owners[largest]))

    def release(self, request: R) -> None:
        """To be called when a request is complete or given up; for any other it does nothing."""
        owner = self._owner_of.pop(request, None)
        if owner is None:
            return
        held_bytes = self._owners[owner].pop(request)
        self._held_bytes -= held_bytes
        self._owner_bytes[owner] -= held_bytes
        if not self._owners[owner]:
            del self._owners[owner], self._owner_bytes[owner]
