"""Counts the memory of incomplete requests: those of one process that have begun to arrive.

A request that arrives whole in the first read is never counted.
"""

from collections import Counter
from typing import Generic, NamedTuple, TypeVar

R = TypeVar("R")

OVERHEAD_BYTES = 16_384
"""Added to the size of each request, so that their number is limited too."""


class ClientIdentity(NamedTuple):
    """`key` is the API key as sent, whether valid or not; empty if there is none, or none yet."""

    address: str
    key: str


class Unfinished(Generic[R]):
    """Requests by client; those of one client in the order in which they last grew."""

    def __init__(self, limit_bytes: int) -> None:
        self._limit_bytes = limit_bytes
        self._held_bytes = 0
        self._requests: dict[ClientIdentity, dict[R, int]] = {}
        self._client_of: dict[R, ClientIdentity] = {}

    def __len__(self) -> int:
        return len(self._client_of)

    def hold(self, request: R, client: ClientIdentity, size_bytes: int) -> None:
        """Counts a request that has started to arrive or has grown."""
        self.release(request)
        held_bytes = size_bytes + OVERHEAD_BYTES
        self._client_of[request] = client
        self._requests.setdefault(client, {})[request] = held_bytes
        self._held_bytes += held_bytes

    def release(self, request: R) -> None:
        """Call it when a request is complete or abandoned. Does nothing for a request that is not counted."""
        client = self._client_of.pop(request, None)
        if client is not None:
            self._held_bytes -= self._requests[client].pop(request)
            if not self._requests[client]:
                del self._requests[client]

    def excess(self) -> R | None:
        """The request to refuse next; `None` while all together are within the limit.

        It is the request that has not grown for the longest time, among those of the key that holds the most memory,
        at the address that holds the most. A client that invents keys therefore counts as one, while clients behind
        one proxy are told apart by their keys.
        """
        if self._held_bytes <= self._limit_bytes:
            return None
        by_client = {client: sum(held.values()) for client, held in self._requests.items()}
        by_address = Counter[str]()
        for client, held_bytes in by_client.items():
            by_address[client.address] += held_bytes
        address = max(by_address, key=by_address.__getitem__)
        largest = max((client for client in by_client if client.address == address), key=by_client.__getitem__)
        return next(iter(self._requests[largest]))
