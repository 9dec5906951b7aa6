"""`Preference-Applied` lists the preferences that were requested and applied (RFC 7240, semantics section 3)."""

import pytest

from lab.server import Client
from tests.support.dialects import DialectClient
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
"""Expad's create always returns the lead."""


@pytest.mark.parametrize(("prefer", "honoured"), GIVEN)
def test_of_a_patch(api: DialectClient, prefer: str, honoured: set[str]) -> None:
    answer = patch(api, api.new(), {api.text: "x"}, prefer=prefer)
    assert applied(answer) == honoured and answer.is_success


@pytest.mark.parametrize(("prefer", "honoured"), GIVEN)
def test_of_a_create(api: DialectClient, prefer: str, honoured: set[str]) -> None:
    answer = create(api, api.required(), prefer=prefer)
    assert applied(answer) == honoured - CREATED_WHOLE[api.name] and answer.is_success


@pytest.mark.parametrize(("prefer", "honoured"), GIVEN)
def test_of_a_revert(client: Client, prefer: str, honoured: set[str]) -> None:
    answer = revert(client, client.new_lead(), {"version": 1}, prefer=prefer)
    assert applied(answer) >= {preference for preference in honoured if not preference.startswith("handling")}
    assert applied(answer) <= honoured and answer.is_success


@pytest.mark.parametrize("by", ["email", "phone", "externalId"])
def test_of_an_upsert(api: DialectClient, by: str) -> None:
    ids = {"externalId" if api.name == "expad" else "clientLeadId": "C-1"}
    body = {"email": "ana@example.com", ("phoneNumber" if api.name == "expad" else "phone"): "+55 11 98765-4321", **ids}
    for _ in ("it creates", "it updates"):
        answer = create(api, {**api.required(), **body}, prefer=f"upsert={by}, handling=strict, return=representation")
        assert applied(answer) == {f"upsert={by}", "handling=strict", "return=representation"}
    dry = create(api, {**api.required(), **body}, prefer=f"upsert={by}, dry-run")
    assert applied(dry) == {f"upsert={by}", "dry-run"}


def test_a_patch_does_no_upsert(api: DialectClient) -> None:
    lead = lead_id(create(api, {**api.required(), "email": "ana@example.com"}), api.name)
    answer = patch(api, lead, {"email": "ana@example.com"}, prefer="upsert=email, handling=strict")
    assert applied(answer) == {"handling=strict"}


def test_a_preference_beyond_the_keys_scopes_is_not_applied(api: DialectClient, writer: Client) -> None:
    denied = DialectClient(writer, *api[1:])
    answer = patch(denied, api.new(), {api.text: "x"}, prefer="return=representation, handling=lenient")
    assert applied(answer) == {"handling=lenient"}


def test_reading_deleting_and_refusing_name_none(api: DialectClient) -> None:
    lead, headers = api.new(), {"Prefer": "return=representation, handling=strict"}
    assert applied(api.client.http.get(api.lead(lead), headers=headers)) == set()
    assert applied(api.client.http.get(api.leads, headers=headers)) == set()
    assert applied(patch(api, lead, {api.text: 1}, prefer=headers["Prefer"])) == set()
    answer = delete(api.client, lead, prefer=headers["Prefer"])
    assert ok(answer) == 2 and applied(answer) == set()
