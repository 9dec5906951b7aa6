"""Both APIs could have created the demo's leads: every value passes their rules."""

from collections.abc import Callable, Mapping
from itertools import islice
from typing import Any

import pytest

from leadloop.api.body import decode_object, encode
from leadloop.api.expad import wire as expad
from leadloop.api.leadsail import wire as leadsail
from leadloop.api.properties import Property, read_patch, show_function
from leadloop.core.ids import stamp
from leadloop.core.leads.merge import merge
from leadloop.core.leads.model import Lead, blank_lead
from leadloop.core.problems import Problems
from leadloop.demo.year import year

ACCOUNT = "0123456789abcdef01234567"
END_MS = 1_772_323_200_000
EXPAD = expad.properties()
ROLES: list[tuple[Mapping[str, Property], Callable[[Lead], dict[str, Any]]]] = [
    (EXPAD, show_function(EXPAD)),
    (leadsail.PROPERTIES, leadsail.show),
]


@pytest.fixture(scope="module")
def leads() -> list[Lead]:
    return [history[-1].lead for history in year(3, 400, ACCOUNT, END_MS)]


@pytest.mark.parametrize(("table", "show"), ROLES, ids=["expad", "leadsail"])
def test_a_lead_sent_back_is_no_change(
    leads: list[Lead], table: Mapping[str, Property], show: Callable[[Lead], dict[str, Any]]
) -> None:
    for lead in leads:
        patch = read_patch(table, decode_object(encode(show(lead))), lead, Problems())
        assert merge(lead, patch, stamp(END_MS, "req", "key:test", "test")).lead is lead


@pytest.mark.parametrize(("table", "show"), ROLES, ids=["expad", "leadsail"])
def test_a_lead_can_be_written_into_an_empty_one(
    leads: list[Lead], table: Mapping[str, Property], show: Callable[[Lead], dict[str, Any]]
) -> None:
    """In an empty lead no value equals the shown one, so each is written by its rule."""
    for lead in leads:
        shown = decode_object(encode(show(lead)))
        empty = blank_lead(ACCOUNT, lead.id, lead.created_at_ms)
        patch = read_patch(table, shown, empty, Problems())
        written = merge(empty, patch, stamp(lead.updated_at_ms, "req", "key:test", "test")).lead
        again = decode_object(encode(show(written)))
        owned = ("duplicate", "updatedAt", "deletedAt")
        assert {name: again.get(name) for name in shown if name not in owned} == {
            name: value for name, value in shown.items() if name not in owned
        }


def test_a_lead_of_a_partner(leads: list[Lead]) -> None:
    partner_leads = list(islice((lead for lead in leads if lead.campaign is not None), 50))
    assert len(partner_leads) == 50
    for lead in partner_leads:
        shown = leadsail.show(lead)
        assert shown["leadId"] == f"lead_{lead.id}"
        assert shown["country"] == "US"
        assert shown["firstName"] and shown["lastName"]
        assert {"campaignId", "name", "clientName", "offerName"} <= shown["campaign"].keys()
        assert shown["compliance"]["tcpaConsent"] is True
        assert {answer["key"] for answer in shown["questionnaire"]} >= {"homeowner", "monthly_bill"}
        assert shown["attribution"]["params"]["utm_medium"] == "cpc"
        assert shown["attribution"]["captureUrl"].startswith("https://quotes.example.com/")
        assert lead.source is None
        assert shown["timezone"].startswith("America/")
        assert lead.status != "accepted" or (lead.sale_value_micros and shown["clientLeadId"])
