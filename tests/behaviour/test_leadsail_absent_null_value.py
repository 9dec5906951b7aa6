"""Absent leaves a field, null clears it, a value sets it: for each field of a LeadSail PATCH."""

from typing import Any

import pytest

from lab.server import Client
from tests.support.answers import FULL, UPDATED, refused, version

NEVER_NULL = ("firstName", "lastName", "email", "phone")
BY_DEFAULT = {"status": "new"}


def _full(client: Client) -> str:
    lead = client.new_leadsail_lead()
    assert client.patch_leadsail(lead, FULL).json() == UPDATED
    return lead


def _without_time(lead: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in lead.items() if name != "updatedAt"}


def test_every_field_is_shown_as_it_was_written(client: Client) -> None:
    shown = client.get_leadsail(_full(client))
    assert {name: shown[name] for name in FULL} == FULL
    assert set(shown) - set(FULL) == {"leadId", "createdAt", "updatedAt"}


def test_fields_are_shown_in_the_published_order(client: Client) -> None:
    order = ["leadId", *FULL, "createdAt", "updatedAt"]
    assert list(client.get_leadsail(_full(client))) == order


@pytest.mark.parametrize("field", FULL)
def test_writing_one_field_leaves_the_others(client: Client, field: str) -> None:
    lead = client.new_leadsail_lead()
    before = client.get_leadsail(lead)
    client.patch_leadsail(lead, {field: FULL[field]})
    assert _without_time(client.get_leadsail(lead)) == _without_time(before) | {field: FULL[field]}


@pytest.mark.parametrize("field", [field for field in FULL if field not in NEVER_NULL])
def test_null_clears_a_field_and_no_other(client: Client, field: str) -> None:
    lead = _full(client)
    before = client.get_leadsail(lead)
    assert client.patch_leadsail(lead, {field: None}).json() == UPDATED
    expected = {name: value for name, value in before.items() if name != field}
    if field in BY_DEFAULT:
        expected[field] = BY_DEFAULT[field]
    assert _without_time(client.get_leadsail(lead)) == _without_time(expected)


@pytest.mark.parametrize("field", NEVER_NULL)
def test_null_is_refused_for_contact_fields(client: Client, field: str) -> None:
    lead = _full(client)
    assert refused(client.patch_leadsail(lead, {field: None, "country": "BR"})) == [field]
    assert client.get_leadsail(lead)["country"] == "US"


def test_nothing_has_a_default(client: Client) -> None:
    lead = _full(client)
    before = client.get_leadsail(lead)
    answer = client.patch_leadsail(lead, {})
    assert (answer.json(), version(answer)) == (UPDATED, 2)
    assert client.get_leadsail(lead) == before


def test_null_for_an_unset_field_changes_nothing(client: Client) -> None:
    lead = client.new_leadsail_lead()
    unset = {name: None for name in FULL if name not in (*NEVER_NULL, "campaign")}
    assert version(client.patch_leadsail(lead, {**unset, "deleteQuestionnaireKeys": None})) == 1


def test_empty_objects_and_lists_of_items_change_nothing(client: Client) -> None:
    lead = _full(client)
    kept: dict[str, Any] = {
        "address": {},
        "attribution": {},
        "compliance": {},
        "customFields": {},
        "flags": {},
        "approval": {},
    }
    kept |= {"campaign": {}, "notes": [], "questionnaire": [], "deleteQuestionnaireKeys": []}
    assert version(client.patch_leadsail(lead, kept)) == 2
    assert version(client.patch_leadsail(lead, {"attribution": {"params": {}}})) == 2
