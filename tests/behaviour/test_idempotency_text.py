"""No text of an answer is stored under an `Idempotency-Key`: a replay renders it again, byte for byte."""

from collections.abc import Callable
from typing import Any

import httpx
import pytest

from lab.server import Client, Leadloop
from tests.support.answers_stored import store_text, stored_bytes
from tests.support.dialects import Face
from tests.support.writes import (
    EMAIL,
    EVERYTHING,
    OTHER,
    create,
    full,
    lead_id,
    ok,
    patch,
    replayed,
    revert,
    told,
)

pytestmark = pytest.mark.slow

LENIENT, WHOLE = "handling=lenient", "return=representation, handling=lenient"
UNKNOWN = {f"unknown/{n}~{'x' * 100}": n for n in range(200)}
"""The list of these as ignored is longer than what is stored of such a list."""
OTHERS = ["return=minimal", "return=representation", "handling=lenient", "return=representation, handling=lenient"]
"""What a repeated request may prefer: the answer is that of the first."""

Send = Callable[[str | None], httpx.Response]


def owned(one: Face) -> dict[str, Any]:
    """What each dialect ignores by itself, within other members too."""
    if one.name == "leadsail":
        return {"leadId": "x", "createdAt": "2026-01-01T00:00:00Z"}
    return {"createdDate": 5, "leadAttributionUser": {"accountId": "x", "userName": "Bia", "extra": 1}}


def patches(one: Face, lead: str, prefer: str | None) -> list[tuple[dict[str, Any], dict[str, Any]]]:
    """Bodies and headers of updates that change something, each of another kind."""
    strict = {} if prefer is None else {"prefer": prefer}
    some = {one.text: "mine", **owned(one)}
    found: list[tuple[dict[str, Any], dict[str, Any]]] = [
        (EVERYTHING[one.name], strict),
        ({**some, one.long_text: "x" * 5_000}, strict),
        ({one.text: "theirs"}, strict),
        ({one.text: "mine", OTHER[one.name]: "by base"}, {**strict, "base": 3}),
        ({one.text: "mine"}, {**strict, "base": 3}),  # changes nothing
        ({}, strict),
    ]
    if prefer != "return=representation" and (prefer or one.name == "expad"):
        found += [({**UNKNOWN, **some, one.text: "with unknown ones"}, strict), (UNKNOWN, strict)]
        by_base = {**UNKNOWN, one.text: "theirs", OTHER[one.name]: "by base, with unknown ones"}
        found.append((by_base, {**strict, "base": 5}))
    return found


def change(one: Face, lead: str) -> None:
    """What happens to the lead meanwhile."""
    body = {one.text: None, one.long_text: None, EMAIL[one.name]: "someone.else@example.com"}
    assert ok(patch(one, lead, body))


def repeats(sent: list[tuple[Send, httpx.Response]]) -> None:
    for n, (send, first) in enumerate(sent):
        for prefer in (None, *OTHERS):
            again = send(prefer)
            assert replayed(again) and told(again) == told(first), (n, prefer, told(first), told(again))


@pytest.mark.parametrize("prefer", [None, "return=representation", LENIENT, WHOLE])
def test_updates(one: Face, prefer: str | None) -> None:
    lead = one.new()
    sent: list[tuple[Send, httpx.Response]] = []
    for n, (body, given) in enumerate(patches(one, lead, prefer)):

        def send(
            other: str | None, n: int = n, body: dict[str, Any] = body, given: dict[str, Any] = given
        ) -> httpx.Response:
            rest = {name: value for name, value in given.items() if name != "prefer"}
            return patch(one, lead, body, key=f"k{n}", **rest, **({} if other is None else {"prefer": other}))

        first = send(prefer)
        assert ok(first) and not replayed(first)
        sent.append((send, first))
        repeats(sent[-1:])
    change(one, lead)
    repeats(sent)


@pytest.mark.parametrize("prefer", [None, "return=representation", LENIENT, WHOLE])
@pytest.mark.parametrize("upsert", ["", "upsert=email"])
def test_creates_and_upserts(one: Face, prefer: str | None, upsert: str) -> None:
    """The first makes the lead; with `upsert` the second changes it, and the third changes nothing."""
    sent: list[tuple[Send, httpx.Response]] = []
    contact = {**one.required(), EMAIL[one.name]: "ana@example.com"}
    is_lenient = prefer in (LENIENT, WHOLE) or (one.name == "expad" and prefer is None)
    extra = {**UNKNOWN, **(owned(one) if one.name == "expad" else {})} if is_lenient else {}
    long_text = {"note": "x" * 3_000} if one.name == "expad" else {"notes": [{"id": "n1", "text": "x" * 3_000}]}
    for n, more in enumerate(({}, long_text, long_text)):

        def send(other: str | None, n: int = n, more: dict[str, Any] = more) -> httpx.Response:
            wanted = ", ".join(filter(None, (upsert, other)))
            return create(one, {**contact, **more, **extra}, key=f"k{n}", **({"prefer": wanted} if wanted else {}))

        first = send(prefer)
        assert ok(first) and not replayed(first)
        sent.append((send, first))
        repeats(sent[-1:])
    leads = {lead_id(first, one.name) for _, first in sent}
    assert len(leads) == (1 if upsert else 3)
    for lead in leads:
        change(one, lead)
    repeats(sent)


def test_reverts(client: Client) -> None:
    lead = client.new_leadsail_lead()
    client.patch_leadsail(lead, {"detail": "x", "tags": ["a"]})
    given = [{}, {"prefer": "return=representation"}]
    first = [revert(client, lead, {"version": n + 1}, key=f"k{n}", **more) for n, more in enumerate(given)]
    client.patch_leadsail(lead, {"detail": "y"})
    for n, answer in enumerate(first):
        assert ok(answer) == 3 + n
        for more in given:
            again = revert(client, lead, {"version": n + 1}, key=f"k{n}", **more)
            assert replayed(again) and told(again) == told(answer)


def test_a_key_that_may_not_read_is_answered_alike(one: Face, writer: Client) -> None:
    theirs, body = Face(writer, *one[1:]), one.required()
    first = create(theirs, body, key="k", prefer="return=representation")
    change(one, lead_id(first, one.name))
    again = create(theirs, body, key="k", prefer="return=representation")
    assert replayed(again) and told(again) == told(first)


def test_what_is_stored_does_not_grow_with_the_lead(one: Face, server: Leadloop) -> None:
    lead = full(one)
    assert ok(patch(one, lead, {one.long_text: "x" * 65_000}))
    for n in range(10):
        prefer = "return=representation, handling=lenient"
        answer = patch(one, lead, {one.text: f"{n}", **UNKNOWN}, key=f"k{n}", prefer=prefer)
        assert ok(answer) and len(answer.content) > 65_000
    sizes = stored_bytes(server.database, one.client.account_id)
    assert len(sizes) == 10 and max(sizes) < 300, sizes


def test_a_text_that_an_earlier_version_stored_is_repeated(one: Face, server: Leadloop) -> None:
    lead = one.new()
    assert ok(patch(one, lead, {one.text: "x"}, key="k")) == 2
    store_text(server.database, one.client.account_id, '[200,{"ETag":"\\"7\\""},"{\\"as\\":\\"stored\\"}"]')
    again = patch(one, lead, {one.text: "x"}, key="k")
    assert replayed(again) and ok(again) == 7 and again.json() == {"as": "stored"}
