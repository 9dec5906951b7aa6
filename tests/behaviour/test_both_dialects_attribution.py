"""Where a lead came from: `attribution`, Expad's flat properties, and the source derived from them."""

import itertools
from typing import Any

import pytest

from lab.server import Client

UTM = {f"utm{word.title()}": f"utm_{word}" for word in ("campaign", "content", "medium", "source", "term")}
CLICKS = {"startUrl": "captureUrl", "referrer": "referrer", "userAgent": "userAgent"}
URL = "https://example.com/?utm_source=x"

GOOGLE = ["gclid", "gbraid", "wbraid"]
FACEBOOK = ["fbclid", "fbc", "fbp"]
OTHERS = ["ttclid", "ttp", "msclkid", "tblci", "adPlatform", "capturePlatform", "ipAddress", "userAgent"]


@pytest.mark.parametrize("expad", UTM)
def test_utm_properties_are_parameters(client: Client, expad: str) -> None:
    lead = client.new_lead(**{expad: "one"})
    assert client.get_leadsail(lead)["attribution"]["params"] == {UTM[expad]: "one"}
    client.patch_leadsail(lead, {"attribution": {"params": {UTM[expad]: "two", "own": "x"}}})
    assert client.get(lead)[expad] == "two"
    client.patch(lead, {expad: None})
    assert client.get_leadsail(lead)["attribution"] == {"params": {"own": "x"}}
    client.patch(lead, {expad: "three"})
    client.patch_leadsail(lead, {"attribution": {"params": {UTM[expad]: None}}})
    assert client.get(lead)[expad] == ""


@pytest.mark.parametrize("expad", CLICKS)
def test_browser_details(client: Client, expad: str) -> None:
    lead = client.new_lead(**{expad: URL})
    assert client.get_leadsail(lead)["attribution"] == {CLICKS[expad]: URL}
    client.patch_leadsail(lead, {"attribution": {CLICKS[expad]: URL + "2", "gclid": "g"}})
    assert client.get(lead)[expad] == URL + "2"
    client.patch(lead, {expad: ""})
    assert client.get_leadsail(lead)["attribution"] == {"gclid": "g"}
    client.patch(lead, {expad: URL})
    client.patch_leadsail(lead, {"attribution": None})
    assert client.get(lead)[expad] == ""


def _source(client: Client, attribution: dict[str, Any]) -> str:
    return str(client.get(client.new_leadsail_lead(attribution=attribution))["source"])


def test_click_ids_decide_the_source_of_a_leadsail_lead(client: Client) -> None:
    assert client.get(client.new_leadsail_lead())["source"] == "API"
    for name in GOOGLE:
        assert _source(client, {name: "x"}) == "GOOGLE"
    for name in FACEBOOK:
        assert _source(client, {name: "x"}) == "FACEBOOK"
        assert _source(client, {name: "x", "captureUrl": URL}) == "FACEBOOK"
    assert _source(client, {"captureUrl": URL}) == "WEBSITE"
    for name in OTHERS:
        assert _source(client, {name: "x"}) == "API"
    assert _source(client, {"referrer": URL, "params": {"utm_source": "google"}}) == "API"


def test_google_comes_before_facebook(client: Client) -> None:
    for google, facebook in itertools.product(GOOGLE, FACEBOOK):
        assert _source(client, {facebook: "x", google: "x", "captureUrl": URL}) == "GOOGLE"


def test_the_source_follows_the_clicks_until_one_is_written(client: Client) -> None:
    lead = client.new_leadsail_lead()
    client.patch_leadsail(lead, {"attribution": {"captureUrl": URL}})
    assert client.get(lead)["source"] == "WEBSITE"
    client.patch_leadsail(lead, {"attribution": {"gclid": "x"}})
    assert client.get(lead)["source"] == "GOOGLE"
    client.patch_leadsail(lead, {"attribution": None})
    assert client.get(lead)["source"] == "API"
    client.patch(lead, {"source": "REFERRAL"})
    client.patch_leadsail(lead, {"attribution": {"gclid": "x"}})
    assert client.get(lead)["source"] == "REFERRAL"


def test_the_derived_source_sent_back_is_no_change(client: Client) -> None:
    lead = client.new_leadsail_lead()
    assert client.patch(lead, {"source": "API"})["version"] == 1
    client.patch_leadsail(lead, {"attribution": {"fbp": "x"}})
    assert client.get(lead)["source"] == "FACEBOOK"


def test_expad_lists_by_the_derived_source(client: Client) -> None:
    google = client.new_leadsail_lead(attribution={"gclid": "x"})
    client.new_leadsail_lead()
    listed = client.expad("GET", "lead?source=google").json()["leads"]
    assert [lead["id"] for lead in listed] == [google.removeprefix("lead_")]
