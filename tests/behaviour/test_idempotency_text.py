"""No text of an answer is stored under an `Idempotency-Key`: a replay renders it again, byte for byte."""

from collections.abc import Callable
from typing import Any

import httpx
import pytest

from lab.server import Client, Leadloop
from tests.support.answers_stored import store_text, stored_bytes
from tests.support.dialects import DialectClient
from tests.support.writes import (
    EMAIL,
    EVERYTHING,
    OTHER,
    create,
    full,
    lead_id,
    ok,
    patch,
    repeated_parts,
    replayed,
    revert,
)

pytestmark = pytest.mark.slow

LENIENT, WHOLE = "handling=lenient", "return=representation, handling=lenient"
UNKNOWN = {f"unknown/{n}~{'x' * 100}": n for n in range(200)}
"""The list of these as ignored is longer than what is stored of such a list."""
OTHERS = ["return=minimal", "return=representation", "handling=lenient", "return=representation, handling=lenient"]
"""What a repeated request may prefer: the answer is that of the first."""

Send = Callable[[str | None], httpx.Response]


def owned(api: DialectClient) -> dict[str, Any]:
    """What each dialect ignores by itself, within other members too."""
    if api.name == "leadsail":
        return {"leadId": "x", "createdAt": "2026-01-01T00:00:00Z"}
    return {"createdDate": 5, "leadAttributionUser": {"accountId": "x", "userName": "Bia", "extra": 1}}


def patches(api: DialectClient, lead: str, prefer: str | None) -> list[tuple[dict[str, Any], dict[str, Any]]]:
    """Bodies and headers of updates that change something, each of another kind."""
    strict = {} if prefer is None else {"prefer": prefer}
    some = {api.text: "mine", **owned(api)}
    requests: list[tuple[dict[str, Any], dict[str, Any]]] = [
        (EVERYTHING[api.name], strict),
        ({**some, api.long_text: "x" * 5_000}, strict),
        ({api.text: "theirs"}, strict),
        ({api.text: "mine", OTHER[api.name]: "by base"}, {**strict, "base": 3}),
        ({api.text: "mine"}, {**strict, "base": 3}),  # changes nothing
        ({}, strict),
    ]
    if prefer != "return=representation" and (prefer or api.name == "expad"):
        requests += [({**UNKNOWN, **some, api.text: "with unknown ones"}, strict), (UNKNOWN, strict)]
        by_base = {**UNKNOWN, api.text: "theirs", OTHER[api.name]: "by base, with unknown ones"}
        requests.append((by_base, {**strict, "base": 5}))
    return requests


def change(api: DialectClient, lead: str) -> None:
    """What happens to the lead meanwhile."""
    body = {api.text: None, api.long_text: None, EMAIL[api.name]: "someone.else@example.com"}
    assert ok(patch(api, lead, body))


def repeats(sent: list[tuple[Send, httpx.Response]]) -> None:
    for n, (send, first) in enumerate(sent):
        for prefer in (None, *OTHERS):
            again = send(prefer)
            assert replayed(again) and repeated_parts(again) == repeated_parts(first), (
                n,
                prefer,
                repeated_parts(first),
                repeated_parts(again),
            )


@pytest.mark.parametrize("prefer", [None, "return=representation", LENIENT, WHOLE])
def test_updates(api: DialectClient, prefer: str | None) -> None:
    lead = api.new()
    sent: list[tuple[Send, httpx.Response]] = []
    for n, (body, options) in enumerate(patches(api, lead, prefer)):

        def send(
            other: str | None, n: int = n, body: dict[str, Any] = body, options: dict[str, Any] = options
        ) -> httpx.Response:
            rest = {name: value for name, value in options.items() if name != "prefer"}
            return patch(api, lead, body, key=f"k{n}", **rest, **({} if other is None else {"prefer": other}))

        first = send(prefer)
        assert ok(first) and not replayed(first)
        sent.append((send, first))
        repeats(sent[-1:])
    change(api, lead)
    repeats(sent)


@pytest.mark.parametrize("prefer", [None, "return=representation", LENIENT, WHOLE])
@pytest.mark.parametrize("upsert", ["", "upsert=email"])
def test_creates_and_upserts(api: DialectClient, prefer: str | None, upsert: str) -> None:
    """The first makes the lead; with `upsert` the second changes it, and the third changes nothing."""
    sent: list[tuple[Send, httpx.Response]] = []
    contact = {**api.required(), EMAIL[api.name]: "ana@example.com"}
    is_lenient = prefer in (LENIENT, WHOLE) or (api.name == "expad" and prefer is None)
    extra = {**UNKNOWN, **(owned(api) if api.name == "expad" else {})} if is_lenient else {}
    long_text = {"note": "x" * 3_000} if api.name == "expad" else {"notes": [{"id": "n1", "text": "x" * 3_000}]}
    for n, more in enumerate(({}, long_text, long_text)):

        def send(other: str | None, n: int = n, more: dict[str, Any] = more) -> httpx.Response:
            wanted = ", ".join(filter(None, (upsert, other)))
            return create(api, {**contact, **more, **extra}, key=f"k{n}", **({"prefer": wanted} if wanted else {}))

        first = send(prefer)
        assert ok(first) and not replayed(first)
        sent.append((send, first))
        repeats(sent[-1:])
    leads = {lead_id(first, api.name) for _, first in sent}
    assert len(leads) == (1 if upsert else 3)
    for lead in leads:
        change(api, lead)
    repeats(sent)


def test_reverts(client: Client) -> None:
    lead = client.new_leadsail_lead()
    client.patch_leadsail(lead, {"detail": "x", "tags": ["a"]})
    option_sets = [{}, {"prefer": "return=representation"}]
    first = [revert(client, lead, {"version": n + 1}, key=f"k{n}", **more) for n, more in enumerate(option_sets)]
    client.patch_leadsail(lead, {"detail": "y"})
    for n, answer in enumerate(first):
        assert ok(answer) == 3 + n
        for more in option_sets:
            again = revert(client, lead, {"version": n + 1}, key=f"k{n}", **more)
            assert replayed(again) and repeated_parts(again) == repeated_parts(answer)


def test_a_write_only_key_gets_the_same_replay(api: DialectClient, writer: Client) -> None:
    theirs, body = DialectClient(writer, *api[1:]), api.required()
    first = create(theirs, body, key="k", prefer="return=representation")
    change(api, lead_id(first, api.name))
    again = create(theirs, body, key="k", prefer="return=representation")
    assert replayed(again) and repeated_parts(again) == repeated_parts(first)


def test_a_stored_answer_does_not_grow_with_the_lead(api: DialectClient, server: Leadloop) -> None:
    lead = full(api)
    assert ok(patch(api, lead, {api.long_text: "x" * 65_000}))
    for n in range(10):
        prefer = "return=representation, handling=lenient"
        answer = patch(api, lead, {api.text: f"{n}", **UNKNOWN}, key=f"k{n}", prefer=prefer)
        assert ok(answer) and len(answer.content) > 65_000
    sizes = stored_bytes(server.database, api.client.account_id)
    assert len(sizes) == 10 and max(sizes) < 300, sizes


def test_a_text_that_an_earlier_version_stored_is_repeated(api: DialectClient, server: Leadloop) -> None:
    lead = api.new()
    assert ok(patch(api, lead, {api.text: "x"}, key="k")) == 2
    store_text(server.database, api.client.account_id, '[200,{"ETag":"\\"7\\""},"{\\"as\\":\\"stored\\"}"]')
    again = patch(api, lead, {api.text: "x"}, key="k")
    assert replayed(again) and ok(again) == 7 and again.json() == {"as": "stored"}
