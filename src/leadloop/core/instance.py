"""The instance: one database and the pepper under which its API keys are hashed."""

import hmac
from typing import Protocol

from msgspec import Struct

FORMAT = 1
"""The version of the check value."""


class Instance(Struct, frozen=True, kw_only=True):
    id: str
    """24 lower-case hex digits; also in the secrets file beside an embedded database."""
    pepper_check: bytes
    """Verifies a pepper. Nothing about the pepper can be derived from it."""
    created_at_ms: int
    format: int = FORMAT

    def has_pepper(self, pepper: bytes) -> bool:
        """Whether this is the pepper of the instance."""
        return hmac.compare_digest(self.pepper_check, pepper_check(pepper))


def pepper_check(pepper: bytes) -> bytes:
    return hmac.digest(pepper, b"leadloop pepper check 1", "sha256")


class InstanceStore(Protocol):
    async def get(self) -> Instance | None:
        """`None` until one is added: that needs the pepper, which a migration does not have."""

    async def add(self, instance: Instance) -> Instance:
        """Returns the stored one: of several processes that add it, the first wins."""

    async def replace(self, instance: Instance) -> None:
        """Gives the database another id and pepper."""
