"""Ids of events for members who see only some leads. A position in the feed would show how much others change, so it is
encrypted."""

import base64
import hashlib
import os
import struct
from typing import NamedTuple

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from leadloop.core.reading.visibility import Visibility

NONCE_BYTES = 12
VALID_MS = 60_000
"""A stream that is cut off for longer does not continue at its position, so that no request reads much of the feed."""


class StreamIds(NamedTuple):
    """Those of one member, with what the member sees now: earlier ids are not valid if that was something else."""

    pepper: bytes
    account_id: str
    person_id: str
    visibility: Visibility

    def seal(self, position: int, at_ms: int) -> str:
        nonce = os.urandom(NONCE_BYTES)
        sealed = self._cipher.encrypt(nonce, struct.pack(">qq", position, at_ms), self._owner)
        return base64.urlsafe_b64encode(nonce + sealed).decode()

    def open(self, text: str, now_ms: int) -> int | None:
        """The position; `None` if the id is old, or is none of this member's."""
        try:
            raw = base64.urlsafe_b64decode(text)
            opened = self._cipher.decrypt(raw[:NONCE_BYTES], raw[NONCE_BYTES:], self._owner)
        except (InvalidTag, ValueError):
            return None
        position, at_ms = struct.unpack(">qq", opened)
        return position if now_ms - at_ms <= VALID_MS else None

    @property
    def _cipher(self) -> AESGCM:
        return AESGCM(hashlib.sha256(b"event streams" + self.pepper).digest())

    @property
    def _owner(self) -> bytes:
        return repr((self.account_id, self.person_id, self.visibility)).encode()
