"""What was asked for with `Prefer` and given comes back in `Preference-Applied` (RFC 7240, semantics section 3)."""

import pytest

from lab.server import Client
from tests.support.dialects import Face
from tests.support.writes import applied, create, delete, lead_id, ok, patch, revert

GIVEN = [
    ("return=minimal", {"return=minimal"}),
    ("return=representation", {"return=representation"}),
    ("handling=strict", {"handling=strict"}),
    ("handling=lenient", {"handling=lenient"}),
    ("handling=strict, return=representation", {"handling=strict", "return=representation"}),
    ("dry-run", {"dry-run"}),
    ("dry-run, handling=lenient", {"dry-run", "handling=lenient"}),
    ("dry-run, return=representation", {"dry-run"}),
    ("Return=Representation; a=b,HANDLING = lenient", {"return=representation", "handling=lenient"}),
    ("wait=5, foo, return=everything, handling=odd", set()),
    ("", set()),
]
CREATED_WHOLE = {"expad": {"return=minimal"}, "leadsail": set[str]()}
"""Expad's create answers with the lead in any case."""


@pytest.mark.parametrize(("prefer", "given"), GIVEN)
def test_of_a_patch(one: Face, prefer: str, given: set[str]) -> None:
    answer = patch(one, one.new(), {one.text: "x"}, prefer=prefer)
    assert applied(answer) == given and answer.is_success


@pytest.mark.parametrize(("prefer", "given"), GIVEN)
def test_of_a_create(one: Face, prefer: str, given: set[str]) -> None:
    answer = create(one, one.required(), prefer=prefer)
    assert applied(answer) == given - CREATED_WHOLE[one.name] and answer.is_success


@pytest.mark.parametrize(("prefer", "given"), GIVEN)
def test_of_a_revert(client: Client, prefer: str, given: set[str]) -> None:
    answer = revert(client, client.new_lead(), {"version": 1}, prefer=prefer)
    assert applied(answer) >= {one for one in given if not one.startswith("handling")}
    assert applied(answer) <= given and answer.is_success


@pytest.mark.parametrize("by", ["email", "phone", "externalId"])
def test_of_an_upsert(one: Face, by: str) -> None:
    ids = {"externalId" if one.name == "expad" else "clientLeadId": "C-1"}
    body = {"email": "ana@example.com", ("phoneNumber" if one.name == "expad" else "phone"): "+55 11 98765-4321", **ids}
    for _ in ("it creates", "it updates"):
        answer = create(one, {**one.required(), **body}, prefer=f"upsert={by}, handling=strict, return=representation")
        assert applied(answer) == {f"upsert={by}", "handling=strict", "return=representation"}
    dry = create(one, {**one.required(), **body}, prefer=f"upsert={by}, dry-run")
    assert applied(dry) == {f"upsert={by}", "dry-run"}


def test_a_patch_does_no_upsert(one: Face) -> None:
    lead = lead_id(create(one, {**one.required(), "email": "ana@example.com"}), one.name)
    answer = patch(one, lead, {"email": "ana@example.com"}, prefer="upsert=email, handling=strict")
    assert applied(answer) == {"handling=strict"}


def test_what_a_key_may_not_have_is_not_given(one: Face, writer: Client) -> None:
    denied = Face(writer, *one[1:])
    answer = patch(denied, one.new(), {one.text: "x"}, prefer="return=representation, handling=lenient")
    assert applied(answer) == {"handling=lenient"}


def test_reading_deleting_and_refusing_name_none(one: Face) -> None:
    lead, headers = one.new(), {"Prefer": "return=representation, handling=strict"}
    assert applied(one.client.http.get(one.lead(lead), headers=headers)) == set()
    assert applied(one.client.http.get(one.leads, headers=headers)) == set()
    assert applied(patch(one, lead, {one.text: 1}, prefer=headers["Prefer"])) == set()
    answer = delete(one.client, lead, prefer=headers["Prefer"])
    assert ok(answer) == 2 and applied(answer) == set()
