"""Encrypts secrets at rest: AES-256-GCM under the instance's own keys.

A sealed text is `v1:<key id>:<base64 of nonce and ciphertext>`, bound to its account and endpoint: it cannot be opened
in another row. A key on the same disk protects backups and dumps, not a stolen machine.
"""

import base64
import binascii
import hmac
import os
from collections.abc import Sequence

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from leadloop.core.errors import Problem, Refusal

KEY_BYTES = 32
NONCE_BYTES = 12
FORM = "v1"


class SecretLost(Refusal):
    """A sealed text cannot be opened. The problem says why and what to do, and never contains the text."""

    def __init__(self, problem: Problem) -> None:
        super().__init__()
        self.problem = problem


class Vault:
    """`keys` are 32 bytes each: the first seals, all open. To rotate, put a new one first and reseal."""

    def __init__(self, keys: Sequence[bytes]) -> None:
        if not keys or any(len(key) != KEY_BYTES for key in keys):
            raise ValueError(f"a vault needs keys of {KEY_BYTES} bytes")
        self._ciphers = {key_id(key): AESGCM(key) for key in keys}
        self.key_id = key_id(keys[0])

    def seal(self, text: str, account_id: str, endpoint_id: str) -> str:
        nonce = os.urandom(NONCE_BYTES)
        sealed = self._ciphers[self.key_id].encrypt(nonce, text.encode(), _bound_to(account_id, endpoint_id))
        return f"{FORM}:{self.key_id}:{base64.b64encode(nonce + sealed).decode()}"

    def open(self, sealed: str, account_id: str, endpoint_id: str) -> str:
        """Raises `SecretLost`."""
        form, _, rest = sealed.partition(":")
        key, _, payload = rest.partition(":")
        if form != FORM:
            raise SecretLost(Problem("secret_newer"))
        if (cipher := self._ciphers.get(key)) is None:
            raise SecretLost(Problem("secret_of_other_key", key_id=key))
        try:
            raw = base64.b64decode(payload, validate=True)
            return cipher.decrypt(raw[:NONCE_BYTES], raw[NONCE_BYTES:], _bound_to(account_id, endpoint_id)).decode()
        except (InvalidTag, ValueError, binascii.Error):
            raise SecretLost(Problem("secret_damaged")) from None

    def is_stale(self, sealed: str) -> bool:
        """Whether it is sealed under an old key, and should be sealed again."""
        return not sealed.startswith(f"{FORM}:{self.key_id}:")


def key_id(key: bytes) -> str:
    """8 hex digits that identify a key and reveal nothing about it."""
    return hmac.digest(key, b"leadloop encryption key id", "sha256")[:4].hex()


def _bound_to(account_id: str, endpoint_id: str) -> bytes:
    return f"leadloop webhook secret\x1f{account_id}\x1f{endpoint_id}".encode()
