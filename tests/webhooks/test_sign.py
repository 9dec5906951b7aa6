"""Signatures, verified with other implementations: Standard Webhooks' own library, Svix's, and the one for Node."""

import base64
import json
import re
import shutil
import subprocess
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import standardwebhooks
import svix.webhooks
from hypothesis import given
from hypothesis import strategies as st

from leadloop.webhooks import sign
from leadloop.webhooks.bodies import render
from leadloop.webhooks.sign import OVERLAP_MS, VALID_LIMIT, Secret, add_secret, new_secret
from tests.support.examples import examples
from tests.webhooks.samples import AT_MS, SHAPES, as_of, before, desk

EVENT_ID = "evt_018bcfe5-6fd0-7432-8482-3e5b1bf74624"
NODE = Path(__file__).with_name("node")
Verify = Callable[[str, dict[str, str], bytes], bool]


def by_standardwebhooks(secret: str, headers: dict[str, str], body: bytes) -> bool:
    try:
        standardwebhooks.Webhook(secret).verify(body, headers)
    except standardwebhooks.WebhookVerificationError:
        return False
    return True


def by_svix(secret: str, headers: dict[str, str], body: bytes) -> bool:
    try:
        svix.webhooks.Webhook(secret).verify(body, headers)
    except svix.webhooks.WebhookVerificationError:
        return False
    return True


OTHERS = pytest.mark.parametrize("verify", [by_standardwebhooks, by_svix])
BODIES = [
    render(SHAPES[shape], *as_of(desk(), version), before=before(desk(), version))
    for shape in SHAPES
    for version in (1, 2)
]


def now_ms() -> int:
    """The time of the libraries: they reject signatures over five minutes old."""
    return time.time_ns() // 1_000_000


def signed(body: bytes, *secrets: str) -> dict[str, str]:
    return sign.headers(EVENT_ID, now_ms(), body, secrets)


def test_the_example_of_standard_webhooks_comes_out_the_same() -> None:
    fields = sign.headers(
        "msg_p5jXN8AQM9LWM0D4loKWxJek",
        1_614_265_330_999,
        b'{"test": 2432232314}',
        ["whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"],
    )
    assert fields == {
        "webhook-id": "msg_p5jXN8AQM9LWM0D4loKWxJek",
        "webhook-timestamp": "1614265330",
        "webhook-signature": "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=",
    }


@OTHERS
@pytest.mark.parametrize("body", BODIES)
def test_other_libraries_accept_our_signature(verify: Verify, body: bytes) -> None:
    secret = new_secret()
    assert verify(secret, signed(body, secret), body)


@OTHERS
def test_other_libraries_reject_tampered_requests(verify: Verify) -> None:
    secret, body = new_secret(), BODIES[0]
    headers = signed(body, secret)
    assert not verify(secret, headers, body.replace(b"Ana", b"Bia"))
    assert not verify(secret, headers | {"webhook-id": "evt_2"}, body)
    assert not verify(secret, headers | {"webhook-timestamp": str(now_ms() // 1_000 + 9)}, body)
    assert not verify(new_secret(), headers, body)


@OTHERS
@examples(100)
@given(body=st.dictionaries(st.text(max_size=5), st.text(max_size=20), max_size=3))
def test_other_libraries_accept_the_signature_of_any_body(verify: Verify, body: dict[str, str]) -> None:
    secret, raw = new_secret(), json.dumps(body, ensure_ascii=False).encode("utf-8", "replace")
    assert verify(secret, signed(raw, secret), raw)


@OTHERS
def test_for_24_hours_old_and_new_secret_sign_both(verify: Verify) -> None:
    old, new, body = new_secret(), new_secret(), BODIES[0]
    present = add_secret([Secret(old)], new, AT_MS)
    for at_ms, valid in ((AT_MS, [new, old]), (AT_MS + OVERLAP_MS - 1, [new, old]), (AT_MS + OVERLAP_MS, [new])):
        texts = [secret.text for secret in present if secret.valid_at(at_ms)]
        assert texts == valid
        headers = signed(body, *texts)
        assert verify(new, headers, body) and verify(old, headers, body) is (old in valid)
    assert OVERLAP_MS == 24 * 60 * 60 * 1_000


def test_rotating_again_keeps_the_first_overlap_and_at_most_three() -> None:
    secrets = add_secret([], "a", AT_MS)
    assert secrets == [Secret("a")]
    for text, at_ms in (("b", 1_000), ("c", 2_000), ("d", 3_000)):
        secrets = add_secret(secrets, text, at_ms)
    assert secrets == [Secret("d"), Secret("c", 3_000 + OVERLAP_MS), Secret("b", 2_000 + OVERLAP_MS)]
    assert len(secrets) == VALID_LIMIT
    assert add_secret(secrets, "e", 2_000 + OVERLAP_MS)[1:] == [
        Secret("d", 2_000 + 2 * OVERLAP_MS),
        Secret("c", 3_000 + OVERLAP_MS),
    ]


def test_a_leaked_secret_can_be_cut_off_at_once() -> None:
    assert add_secret([Secret("b"), Secret("a", AT_MS + 9)], "c", AT_MS, overlap_ms=0) == [Secret("c")]


def test_a_secret_is_whsec_and_32_random_bytes() -> None:
    made = {new_secret() for _ in range(50)}
    assert len(made) == 50
    assert all(re.fullmatch(r"whsec_[A-Za-z0-9+/]{43}=", secret) for secret in made)
    assert all(len(base64.b64decode(secret[6:])) == 32 for secret in made)


@pytest.mark.parametrize("text", ["", "whsec_", "whsec_!", "abcd", "ll_live_x", "whsec_é"])
def test_malformed_secrets_do_not_sign_and_are_not_repeated(text: str) -> None:
    with pytest.raises(ValueError) as caught:
        signed(b"{}", text)
    assert not text or text not in str(caught.value).replace("whsec_ and", "")


def test_a_secret_is_not_in_its_repr() -> None:
    secret = Secret(new_secret(), 5)
    assert secret.text not in repr(secret) and secret.text not in str(secret.__rich_repr__())


def test_node_takes_our_signature(pytestconfig: pytest.Config, capsys: pytest.CaptureFixture[str]) -> None:
    if (missing := _prepared(directory := pytestconfig.cache.mkdir("node-standardwebhooks"))) is not None:
        with capsys.disabled():
            print(f"\nsignatures were not verified with Node: {missing}")
        pytest.skip(missing)
    secret, old = new_secret(), new_secret()
    good = [(secret, signed(body, old, secret), body) for body in BODIES]
    bad = [(new_secret(), good[0][1], BODIES[0]), (secret, good[0][1], BODIES[0] + b" ")]
    cases = [{"secret": s, "headers": h, "body": b.decode()} for s, h, b in good + bad]
    verdicts = _node(directory, cases)
    assert verdicts[-2:] == [None, None]
    # JavaScript reads 64-bit numbers as doubles; the rest is what was sent
    assert [json.loads(body, parse_int=float) for body in BODIES] == json.loads(
        json.dumps(verdicts[:-2]), parse_int=float
    )


def _prepared(directory: Path) -> str | None:
    """Installs another implementation once, pinned and without its scripts; returns what is missing, if anything."""
    if shutil.which("node") is None or (npm := shutil.which("npm")) is None:
        return "node and npm are not installed"
    lock, installed = NODE / "package-lock.json", directory / "installed.json"
    for path in NODE.iterdir():
        shutil.copy(path, directory)
    if not installed.exists() or installed.read_bytes() != lock.read_bytes():
        command = [npm, "ci", "--ignore-scripts", "--no-audit", "--no-fund"]
        done = subprocess.run(command, cwd=directory, capture_output=True, text=True, timeout=120, check=False)
        if done.returncode:
            return f"npm cannot install standardwebhooks: {done.stderr.strip().splitlines()[-1:]}"
        shutil.copy(lock, installed)
    return None


def _node(directory: Path, cases: list[dict[str, Any]]) -> list[Any]:
    command = ["node", "verify.js"]
    output = subprocess.check_output(command, cwd=directory, input=json.dumps(cases), text=True, timeout=60)
    results: list[Any] = json.loads(output)
    return results
