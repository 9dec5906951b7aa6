"""How each field of a LeadSail PATCH merges (leadsail.md section 2), but for notes and questionnaire."""

from typing import Any

import pytest

from lab.server import Client
from tests.support.answers import FULL, UPDATED, refused, version

BY_MEMBER = ["address", "approval", "campaign", "compliance", "flags", "customFields", "attribution"]


@pytest.mark.parametrize("field", BY_MEMBER)
def test_members_merge_one_by_one(client: Client, field: str) -> None:
    whole: dict[str, Any] = FULL[field]
    lead = client.new_leadsail_lead(campaignId="Z")
    for name, value in whole.items():
        assert client.patch_leadsail(lead, {field: {name: value}}).json() == UPDATED
    assert client.get_leadsail(lead)[field] == whole


@pytest.mark.parametrize("field", BY_MEMBER)
def test_null_removes_a_member_and_no_other(client: Client, field: str) -> None:
    lead = client.new_leadsail_lead()
    client.patch_leadsail(lead, {field: FULL[field]})
    left = dict(FULL[field])
    for name in FULL[field]:
        del left[name]
        assert client.patch_leadsail(lead, {field: {name: None}}).json() == UPDATED
        assert client.get_leadsail(lead).get(field, {}) == left
    assert field not in client.get_leadsail(lead)


@pytest.mark.parametrize("field", BY_MEMBER)
def test_values_other_than_objects_are_refused(client: Client, field: str) -> None:
    lead = client.new_leadsail_lead()
    for wrong in ("text", 1, True, [], [FULL[field]]):
        assert refused(client.patch_leadsail(lead, {field: wrong})) == [field]


def test_query_parameters_merge_by_key_inside_the_attribution(client: Client) -> None:
    lead = client.new_leadsail_lead()
    client.patch_leadsail(lead, {"attribution": {"params": {"utm_source": "google", "x": "1"}, "gclid": "g"}})
    client.patch_leadsail(lead, {"attribution": {"params": {"x": None, "": "empty", "é": ""}}})
    params = {"utm_source": "google", "": "empty", "é": ""}
    assert client.get_leadsail(lead)["attribution"] == {"params": params, "gclid": "g"}
    client.patch_leadsail(lead, {"attribution": {"params": None}})
    assert client.get_leadsail(lead)["attribution"] == {"gclid": "g"}


def test_query_parameters_are_texts_and_urls_are_urls(client: Client) -> None:
    lead = client.new_leadsail_lead()
    wrong = {
        "params": {"a": 1, "b/c": True, "d": ["x"]},
        "captureUrl": "example.com/form",
        "referrer": "a b",
        "gclid": 1,
    }
    assert refused(client.patch_leadsail(lead, {"attribution": wrong})) == [
        "attribution.params.a",
        "attribution.params.b/c",
        "attribution.params.d",
        "attribution.captureUrl",
        "attribution.referrer",
        "attribution.gclid",
    ]
    for url in ("https://example.com", "HTTP://example.com/ç?x=1#y", "android-app://com.example/x"):
        assert client.patch_leadsail(lead, {"attribution": {"captureUrl": url, "referrer": url}}).json() == UPDATED


def test_consent_is_a_boolean_and_other_members_are_kept_as_sent(client: Client) -> None:
    lead = client.new_leadsail_lead()
    wrong: list[Any] = ["true", 1, []]
    for value in wrong:
        answer = client.patch_leadsail(lead, {"compliance": {"tcpaConsent": value}})
        assert refused(answer) == ["compliance.tcpaConsent"]
    own = {"tcpaConsent": False, "vendor": {"a": [1, None, "x"]}, "n": -1.25, "tcpaConsentt": "yes"}
    assert client.patch_leadsail(lead, {"compliance": own}).json() == UPDATED
    assert client.get_leadsail(lead)["compliance"] == own


def test_flags_are_booleans(client: Client) -> None:
    lead = client.new_leadsail_lead()
    wrong = {"isTest": "true", "own": 1, "fine": True}
    assert refused(client.patch_leadsail(lead, {"flags": wrong})) == ["flags.isTest", "flags.own"]


def test_a_custom_field_is_replaced_whole(client: Client) -> None:
    lead = client.new_leadsail_lead()
    client.patch_leadsail(lead, {"customFields": {"tree": {"a": 1, "b": 2}, "list": [1, 2]}})
    client.patch_leadsail(lead, {"customFields": {"tree": {"b": 3, "c": None}, "list": []}})
    assert client.get_leadsail(lead)["customFields"] == {"tree": {"b": 3, "c": None}, "list": []}


def test_true_is_not_one_where_anything_goes(client: Client) -> None:
    lead = client.new_leadsail_lead()
    values = [True, 1, [True], [1], {"a": False}, {"a": 0}, "1", 1.5, "1.5"]
    for number, value in enumerate(values, 2):
        assert version(client.patch_leadsail(lead, {"customFields": {"x": value}})) == number, value
        shown = client.get_leadsail(lead)["customFields"]["x"]
        assert (shown, repr(shown)) == (value, repr(value))


def test_tags_are_a_set_that_is_replaced(client: Client) -> None:
    lead = client.new_leadsail_lead()
    client.patch_leadsail(lead, {"tags": ["vip", "late", "vip"]})
    assert client.get_leadsail(lead)["tags"] == ["vip", "late"]
    assert version(client.patch_leadsail(lead, {"tags": ["late", "vip"]})) == 2
    client.patch_leadsail(lead, {"tags": ["late", "Late", "ção"]})
    assert client.get_leadsail(lead)["tags"] == ["late", "ção"], "equal names are one"
    assert client.patch_leadsail(lead, {"tags": []}).json() == UPDATED
    assert "tags" not in client.get_leadsail(lead)


def test_tags_are_texts(client: Client) -> None:
    lead = client.new_leadsail_lead()
    assert refused(client.patch_leadsail(lead, {"tags": ["ok", 1, None, {"name": "x"}]})) == [
        "tags.1",
        "tags.2",
        "tags.3",
    ]
    assert refused(client.patch_leadsail(lead, {"tags": "vip"})) == ["tags"]


def test_reposts_are_replaced_whole(client: Client) -> None:
    lead = client.new_leadsail_lead()
    client.patch_leadsail(lead, {"repostedTo": ["XY", {"campaignId": "Z", "at": {"n": 1}}]})
    client.patch_leadsail(lead, {"repostedTo": [{"campaignId": "Q"}, "Q", "Q"]})
    assert client.get_leadsail(lead)["repostedTo"] == [{"campaignId": "Q"}, "Q", "Q"]
    wrong = [1, "ok", None, ["x"], True]
    expected = ["repostedTo.0", "repostedTo.2", "repostedTo.3", "repostedTo.4"]
    assert refused(client.patch_leadsail(lead, {"repostedTo": wrong})) == expected
    client.patch_leadsail(lead, {"repostedTo": []})
    assert "repostedTo" not in client.get_leadsail(lead)


def test_a_campaign_is_any_non_empty_code(client: Client) -> None:
    lead = client.new_leadsail_lead()
    for code in ("AB", "ABCDE", "a longer code", "1"):
        assert client.patch_leadsail(lead, {"campaign": {"campaignId": code}}).json() == UPDATED
        assert client.get_leadsail(lead)["campaign"] == {"campaignId": code}
    assert refused(client.patch_leadsail(lead, {"campaign": {"campaignId": ""}})) == ["campaign.campaignId"]
