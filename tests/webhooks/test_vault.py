"""Secrets at rest."""

import base64
import os

import pytest
from hypothesis import given
from hypothesis import strategies as st

from leadloop.webhooks.sign import new_secret
from leadloop.webhooks.vault import SecretLost, Vault, key_id
from tests.support.examples import examples

OLD, NEW = bytes(range(32)), bytes(range(32, 64))
ACCOUNT, ENDPOINT = "a" * 24, "e" * 24


@examples(50)
@given(text=st.text(st.characters(exclude_categories=["Cs"])))
def test_a_sealed_secret_can_be_opened(text: str) -> None:
    vault = Vault([NEW])
    sealed = vault.seal(text, ACCOUNT, ENDPOINT)
    assert vault.open(sealed, ACCOUNT, ENDPOINT) == text
    assert sealed.isascii() and sealed != vault.seal(text, ACCOUNT, ENDPOINT)


def test_a_sealed_secret_names_its_key_and_hides_the_rest() -> None:
    secret = new_secret()
    form, named, payload = Vault([NEW, OLD]).seal(secret, ACCOUNT, ENDPOINT).split(":")
    assert (form, named) == ("v1", key_id(NEW))
    raw = base64.b64decode(payload)
    assert len(raw) == 12 + len(secret) + 16 and secret.encode() not in raw and secret[6:] not in payload


@pytest.mark.parametrize("place", [(ACCOUNT, "f" * 24), ("b" * 24, ENDPOINT), (ENDPOINT, ACCOUNT), ("", "")])
def test_a_secret_moved_to_another_row_does_not_open(place: tuple[str, str]) -> None:
    vault = Vault([NEW])
    with pytest.raises(SecretLost, match="belongs to another endpoint"):
        vault.open(vault.seal("s", ACCOUNT, ENDPOINT), *place)


def test_keys_can_be_rotated() -> None:
    sealed = Vault([OLD]).seal("s", ACCOUNT, ENDPOINT)
    both = Vault([NEW, OLD])
    assert both.open(sealed, ACCOUNT, ENDPOINT) == "s" and both.is_stale(sealed)
    again = both.seal("s", ACCOUNT, ENDPOINT)
    assert not both.is_stale(again) and Vault([NEW]).open(again, ACCOUNT, ENDPOINT) == "s"
    with pytest.raises(SecretLost, match=f"configure the one with id {key_id(OLD)}"):
        Vault([NEW]).open(sealed, ACCOUNT, ENDPOINT)


@examples(200)
@given(position=st.integers(0, 200), bit=st.integers(0, 7))
def test_one_flipped_bit_is_noticed(position: int, bit: int) -> None:
    vault = Vault([NEW])
    form, named, payload = vault.seal("whsec_x", ACCOUNT, ENDPOINT).split(":")
    raw = bytearray(base64.b64decode(payload))
    raw[position % len(raw)] ^= 1 << bit
    with pytest.raises(SecretLost):
        vault.open(f"{form}:{named}:{base64.b64encode(raw).decode()}", ACCOUNT, ENDPOINT)


@pytest.mark.parametrize(
    "sealed", ["", "x", "v1", "v1:", "v2:00000000:AAAA", f"v1:{key_id(NEW)}:", "v1:::", "whsec_AAAA"]
)
def test_rubbish_does_not_open_and_is_not_repeated(sealed: str) -> None:
    with pytest.raises(SecretLost) as caught:
        Vault([NEW]).open(sealed, ACCOUNT, ENDPOINT)
    assert "whsec" not in str(caught.value)


@pytest.mark.parametrize("payload", ["!", "AAA", "é", base64.b64encode(b"x" * 11).decode()])
def test_a_damaged_payload_does_not_open(payload: str) -> None:
    with pytest.raises(SecretLost, match="damaged"):
        Vault([NEW]).open(f"v1:{key_id(NEW)}:{payload}", ACCOUNT, ENDPOINT)


@pytest.mark.parametrize("keys", [[], [b""], [os.urandom(16)], [NEW, b"short"]])
def test_a_vault_needs_whole_keys(keys: list[bytes]) -> None:
    with pytest.raises(ValueError, match="32 bytes"):
        Vault(keys)


def test_a_vault_does_not_show_its_keys() -> None:
    assert NEW.hex() not in repr(vars(Vault([NEW]))) and repr(NEW) not in repr(vars(Vault([NEW])))
