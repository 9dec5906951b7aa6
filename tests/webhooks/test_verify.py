"""Verifying a signature, as a receiver does."""

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st
from standardwebhooks import Webhook

from leadloop.webhooks import sign
from leadloop.webhooks.sign import TOLERANCE_MS, VerificationError, new_secret, verify
from tests.support.examples import examples

AT_MS = 1_700_000_000_000
ID, BODY, SECRET, OTHER = "evt_1", b'{"a":1}', new_secret(), new_secret()


@examples(50)
@given(body=st.binary(), later_ms=st.integers(-TOLERANCE_MS, TOLERANCE_MS))
def test_what_was_signed_is_genuine(body: bytes, later_ms: int) -> None:
    for texts in ([SECRET], [OTHER, SECRET], [SECRET, OTHER]):
        verify(sign.headers(ID, AT_MS, body, texts), body, SECRET, AT_MS + later_ms)


def test_what_the_standards_own_library_signed_is_genuine() -> None:
    hook = Webhook(SECRET)
    at_s = AT_MS // 1_000
    signature = sign.headers(ID, AT_MS, BODY, [SECRET])["webhook-signature"]
    by_library = hook.sign(ID, datetime.fromtimestamp(at_s, UTC), BODY.decode())
    assert by_library == signature
    verify({"webhook-id": ID, "webhook-timestamp": str(at_s), "webhook-signature": by_library}, BODY, SECRET, AT_MS)


@pytest.mark.parametrize(
    ("changed", "why"),
    [
        ({"webhook-id": "evt_2"}, "not signed with this secret"),
        ({"webhook-id": "\udcff"}, "not signed with this secret"),
        ({"webhook-timestamp": str(AT_MS // 1_000 + 1)}, "not signed with this secret"),
        ({"webhook-timestamp": str(AT_MS // 1_000 - 301)}, "301 s away"),
        ({"webhook-timestamp": "9" * 5_000}, "not a number of seconds"),
        ({"webhook-timestamp": "-1"}, "not a number of seconds"),
        ({"webhook-timestamp": "١٢٣"}, "not a number of seconds"),
        ({"webhook-signature": ""}, "not signed with this secret"),
        ({"webhook-signature": "v1,é v1, v2,x \udcff"}, "not signed with this secret"),
    ],
)
def test_what_was_changed_is_not(changed: dict[str, str], why: str) -> None:
    signed = sign.headers(ID, AT_MS, BODY, [SECRET])
    with pytest.raises(VerificationError, match=why):
        verify(signed | changed, BODY, SECRET, AT_MS)


@pytest.mark.parametrize("missing", ["webhook-id", "webhook-timestamp", "webhook-signature"])
def test_what_lacks_a_header_is_not(missing: str) -> None:
    signed = sign.headers(ID, AT_MS, BODY, [SECRET])
    del signed[missing]
    with pytest.raises(VerificationError, match=f"it has no {missing}"):
        verify(signed, BODY, SECRET, AT_MS)


@pytest.mark.parametrize("later_ms", [TOLERANCE_MS + 1_000, -TOLERANCE_MS - 1_000])
def test_what_is_too_old_or_too_new_is_not(later_ms: int) -> None:
    with pytest.raises(VerificationError, match="301 s away"):
        verify(sign.headers(ID, AT_MS, BODY, [SECRET]), BODY, SECRET, AT_MS + later_ms)


@examples(100)
@given(position=st.integers(0, len(BODY) - 1), bit=st.integers(0, 7))
def test_one_flipped_bit_is_noticed(position: int, bit: int) -> None:
    changed = bytearray(BODY)
    changed[position] ^= 1 << bit
    with pytest.raises(VerificationError):
        verify(sign.headers(ID, AT_MS, BODY, [SECRET]), bytes(changed), SECRET, AT_MS)


@pytest.mark.parametrize("text", ["", "whsec_", "whsec_!", "whsec_é", SECRET.removeprefix("whsec_"), "v1:sealed"])
def test_what_is_no_secret_is_refused_and_not_repeated(text: str) -> None:
    with pytest.raises(ValueError, match="this is not a webhook secret") as refused:
        sign.key(text)
    assert not text or text not in str(refused.value).replace("whsec_ and", "")
