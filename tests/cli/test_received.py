"""How a received webhook is shown: its change, and no character that a terminal would interpret."""

import json
import re
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from leadloop.cli.received import Received, as_line, for_people, receive
from leadloop.webhooks import sign
from tests.support.examples import examples

AT_MS = 1_700_000_000_123
SECRET = sign.new_secret()
COLOURS = re.compile(r"\x1b\[[0-9;]*m")
TEXTS = st.text(st.characters(exclude_categories=["Cs"]))
STANDARD = {
    "type": "lead.updated",
    "timestamp": "2023-11-14T22:13:20.123Z",
    "data": {"leadId": "lead_a", "version": 3, "changed": ["/status"], "lead": {"leadId": "lead_a"}},
}
EXPAD = {"event": "LeadUpdated", "leadId": "a", "version": 3, "changedFields": ["status"]}
LEADSAIL = {"event": "lead.updated", "leadId": "lead_a", "version": 3, "data": {"leadId": "lead_a", "status": "new"}}


def received(body: bytes, problem: str | None = None) -> Received:
    return Received(AT_MS, "evt_1", body, problem)


def line(body: bytes) -> dict[str, Any]:
    text = as_line(received(body))
    assert text.endswith("\n") and text[:-1].isprintable()
    return dict(json.loads(text))


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        (STANDARD, ("lead.updated", "lead_a", 3, ["/status"])),
        (EXPAD, ("LeadUpdated", "a", 3, ["status"])),
        (LEADSAIL, ("lead.updated", "lead_a", 3, [])),
    ],
)
def test_each_shape_is_understood(body: dict[str, Any], expected: tuple[Any, ...]) -> None:
    shown = line(json.dumps(body).encode())
    assert tuple(shown[name] for name in ("event", "leadId", "version", "changed")) == expected
    assert shown["body"] == body
    text = for_people(received(json.dumps(body).encode()), colours=False)
    assert f"{expected[0]}  {expected[1]}  version 3  ✓ verified\n" in text
    assert not expected[3] or f"changed: {expected[3][0]}\n" in text


def test_numbers_are_shown_as_they_came() -> None:
    for text in (
        as_line(received(b'{"a":1.50,"b":1e999}')),
        for_people(received(b'{"a":1.50,"b":1e999}'), colours=True),
    ):
        assert "1.50" in COLOURS.sub("", text) and "1e999" in COLOURS.sub("", text)


@examples(200)
@given(members=st.dictionaries(TEXTS, TEXTS), ascii_only=st.booleans())
def test_a_line_holds_the_body_as_it_came(members: dict[str, str], ascii_only: bool) -> None:
    assert line(json.dumps(members, ensure_ascii=ascii_only).encode())["body"] == members


@examples(200)
@given(body=st.binary())
def test_what_is_no_json_is_one_line_of_json_all_the_same(body: bytes) -> None:
    assert line(b"x" + body)["body"] == (b"x" + body).decode(errors="replace")


@examples(200)
@given(text=TEXTS, colours=st.booleans())
def test_characters_that_a_terminal_would_interpret_are_escaped(text: str, colours: bool) -> None:
    raw = json.dumps({"type": text, "leadId": text, "changed": [text], "note": text}, ensure_ascii=False).encode()
    for body in (raw, text.encode()):
        shown = COLOURS.sub("", for_people(received(body), colours=colours))
        assert all(char.isprintable() or char == "\n" for char in shown)


@pytest.mark.parametrize(
    "body", [b"[" * 100_000, b'{"a":"\xff"}', b"", b"null", b'{"data":[1]}', b'{"version":{"a":1}}']
)
def test_odd_bodies_are_shown_all_the_same(body: bytes) -> None:
    line(body)
    assert "✗ not verified: forged" in for_people(received(body, "forged"), colours=False)


def test_only_a_valid_signature_is_genuine() -> None:
    body = json.dumps(STANDARD).encode()
    signed = sign.headers("evt_1", AT_MS, body, [SECRET])
    assert receive(signed, body, SECRET, AT_MS).problem is None
    problem = receive(signed, body + b" ", SECRET, AT_MS).problem
    assert problem == "it is not signed with this secret, or was changed in transit"
