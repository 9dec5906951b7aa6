"""Verifies and shows a received webhook.

All of it is untrusted: characters that a terminal would interpret are escaped.
"""

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import msgspec
from rich.console import Console
from rich.highlighter import JSONHighlighter
from rich.text import Text

from leadloop.cli.output import iso, printable
from leadloop.webhooks import sign


class Received(NamedTuple):
    at_ms: int
    id: str
    body: bytes
    problem: str | None
    """Why it is not genuine."""


class EventSummary(NamedTuple):
    """The change that a body of any of the three shapes describes; `None` for what it does not contain."""

    event: Any
    lead: Any
    version: Any
    changed: Sequence[Any]


def receive(headers: Mapping[str, str], body: bytes, secret: str, at_ms: int) -> Received:
    """Header names must be in lower case."""
    problem = None
    try:
        sign.verify(headers, body, secret, at_ms)
    except sign.VerificationError as error:
        problem = str(error)
    return Received(at_ms, headers.get("webhook-id", ""), body, problem)


def summarize(body: bytes) -> EventSummary:
    try:
        decoded = msgspec.json.decode(body)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        decoded = None
    envelope = decoded if isinstance(decoded, dict) else {}
    data = envelope.get("data")
    members = {**data, **envelope} if isinstance(data, dict) else envelope
    changed = members.get("changed", members.get("changedFields"))
    event = members.get("type", members.get("event"))
    return EventSummary(
        event, members.get("leadId"), members.get("version"), changed if isinstance(changed, list) else []
    )


def as_line(received: Received) -> str:
    """One line of JSON."""
    event, lead, version, changed = summarize(received.body)
    text = _json(received.body, indent=-1)
    shown = {
        "receivedAt": iso(received.at_ms),
        "verified": received.problem is None,
        "problem": received.problem,
        "id": received.id,
        "event": event,
        "leadId": lead,
        "version": version,
        "changed": changed,
        "body": received.body.decode(errors="replace") if text is None else msgspec.Raw(text.encode()),
    }
    return printable(msgspec.json.encode(shown).decode()) + "\n"


def for_people(received: Received, *, colours: bool) -> str:
    """A line about the change, one with the changed fields, and the body."""
    event, lead, version, changed = summarize(received.body)
    words = [str(iso(received.at_ms)), *(str(word) for word in (event, lead) if word is not None)]
    words += [] if version is None else [f"version {version}"]
    console = Console(force_terminal=colours, soft_wrap=True, highlight=False)
    with console.capture() as captured:
        is_genuine = received.problem is None
        verdict = ("✓ verified", "green") if is_genuine else (f"✗ not verified: {received.problem}", "bold red")
        console.print(Text.assemble((printable("  ".join(words)), "bold"), "  ", verdict))
        if changed:
            console.print(Text(printable(f"changed: {' '.join(str(pointer) for pointer in changed)}")))
        console.print(_body(received.body), end="\n\n")
    return captured.get()


def _body(body: bytes) -> Text:
    text = _json(body, indent=2)
    if text is None:
        return Text(printable(body.decode(errors="replace")))
    return JSONHighlighter()("\n".join(printable(line) for line in text.split("\n")))


def _json(body: bytes, indent: int) -> str | None:
    """Formatted JSON, with numbers and texts unchanged; `None` for a body that is not JSON."""
    try:
        return msgspec.json.format(body, indent=indent).decode()
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return None
