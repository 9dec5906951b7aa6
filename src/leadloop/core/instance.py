"""The instance: one database with the pepper that its API keys are hashed under."""

import hmac

from msgspec import Struct

FORMAT = 1
"""Of the check value."""


class Instance(Struct, frozen=True, kw_only=True):
    id: str
    """24 lower-case hex; also in the secrets file beside an embedded database."""
    pepper_check: bytes
    """Tells a wrong pepper from the right one; nothing of the pepper can be derived from it."""
    created_at_ms: int
    format: int = FORMAT

    def has_pepper(self, pepper: bytes) -> bool:
        """Whether this is the pepper of the instance."""
        return hmac.compare_digest(self.pepper_check, pepper_check(pepper))


def pepper_check(pepper: bytes) -> bytes:
    return hmac.digest(pepper, b"leadloop pepper check 1", "sha256")
