"""Malformed, unknown, wrong, revoked or expired keys: all get the same 401 (semantics section 6)."""

import json
import re
import time

import pytest

from lab.server import Client, Leadloop
from leadloop.api.guard import CACHE_MS
from leadloop.core import keys
from tests.support.dialects import Bare, api_of, lines

REVOKED_WITHIN_SECONDS = 60.0
"""A generous limit for busy machines; usually `CACHE_MS` bounds it."""
FORM = re.compile(r"(ll_(?:live|test)_[0-9A-Za-z]{12}_)([0-9A-Za-z]{32})([0-9A-Za-z]{6})")


def _unknown() -> str:
    """A well-formed key with a right checksum."""
    return keys.mint("0" * 24, "x", ["leads:read"], b"p" * 32, 0)[1]


def _with_other_secret(key: str) -> str:
    """The id of a real key under the secret of another, with the checksum it must have."""
    issued, unknown = FORM.fullmatch(key), FORM.fullmatch(_unknown())
    assert issued and unknown
    body = issued[1] + unknown[2]
    return body + keys._checksum(body)


def _wrong(client: Client) -> dict[str, str | None]:
    key = client.key
    last = "a" if key[-1] != "a" else "b"
    return {
        "missing": None,
        "empty": "",
        "garbage": "garbage",
        "other form": "sk_live_" + key[8:],
        "too short": key[:-1],
        "too long": key + "0",
        "wrong checksum": key[:-1] + last,
        "one character of the secret": key[:30] + ("a" if key[30] != "a" else "b") + key[31:],
        "test for live": key.replace("ll_live_", "ll_test_"),
        "two of them": f"{key}, {key}",
        "in quotes": f'"{key}"',
        "long": "x" * 5_000,
        "unknown": _unknown(),
        "other secret": _with_other_secret(key),
    }


def test_a_key_has_the_published_form(client: Client, server: Leadloop) -> None:
    assert FORM.fullmatch(client.key)
    account = json.loads(server.run("accounts", "create", "--name", "T", "--mode", "test", "--json"))["id"]
    made = json.loads(server.run("keys", "create", "--account", account, "--name", "test", "--json"))["key"]
    assert made.startswith("ll_test_") and FORM.fullmatch(made)


def test_whatever_is_wrong_the_answer_is_the_same(client: Client) -> None:
    lead = client.new_lead()
    for dialect in ("expad", "leadsail"):
        bodies = set()
        for kind, key in _wrong(client).items():
            for path in (api_of(client, dialect).leads, api_of(client, dialect).lead(lead)):
                headers = {} if key is None else {"X-API-Key": key}
                request = client.http.build_request("GET", path, headers=headers)
                if key is None:
                    del request.headers["X-API-Key"]
                answer = client.http.send(request)
                lines(answer, dialect, 401), kind
                bodies.add(answer.content)
        assert len(bodies) == 1


@pytest.mark.parametrize("raw", [b"caf\xc3\xa9", b"\xff" * 40, b"ll_live_" + b"\xd9\xa0" * 25, b"\t"], ids=repr)
def test_a_key_of_strange_characters(client: Client, raw: bytes) -> None:
    bare = Bare(client)
    bare.send(b"GET /api/v1/leads HTTP/1.1\r\nHost: localhost\r\nX-API-Key: %b\r\n\r\n" % raw)
    assert bare.answer()[0] == 401
    bare.close()


def test_the_words_are_the_published_ones(client: Client) -> None:
    answer = client.leadsail("GET", headers={"X-API-Key": "x"})
    published = {"code": "UNAUTHORIZED", "message": "Authentication required"}
    assert answer.json() == {"success": False, "error": published}


def _refused_body(client: Client) -> bytes:
    return client.leadsail("GET", headers={"X-API-Key": "garbage"}).content


def test_a_revoked_key_is_refused_within_seconds(client: Client, server: Leadloop) -> None:
    second = server.client(account_id=client.account_id)
    assert second.leadsail("GET").status_code == 200
    server.run("keys", "revoke", second.key, "--account", client.account_id)
    deadline = time.monotonic() + REVOKED_WITHIN_SECONDS
    while (answer := second.leadsail("GET")).status_code == 200:
        assert time.monotonic() < deadline, "still accepted"
        time.sleep(0.1)
    second.close()
    assert (answer.status_code, answer.content) == (401, _refused_body(client))
    assert client.leadsail("GET").status_code == 200
    assert CACHE_MS < 5_000


def test_an_expired_key_is_refused_at_once(client: Client, server: Leadloop) -> None:
    """On a busy machine as well: a key that was never accepted before its end gets a longer life."""
    accepted, life_s = False, 2.0
    while not accepted:
        ends_at = time.time() + life_s
        key = server.expiring_client(client.account_id, int(ends_at * 1_000))
        accepted = key.leadsail("GET").status_code == 200
        time.sleep(max(0.0, ends_at - time.time()) + 0.05)
        answer = key.leadsail("GET")
        key.close()
        assert (answer.status_code, answer.content) == (401, _refused_body(client))
        life_s *= 2
