"""Expad's stage and LeadSail's status move each other only when one leaves the other's group (semantics section 1)."""

import itertools

import pytest

from lab.server import Client
from tests.support.answers import version

GROUPS = {
    "NEW": ["new", "pending", "processing"],
    "ACTIVE": [
        *["qualified", "missing_data", "queued", "pending_action", "no_answer", "voicemail", "contacted"],
        *["scheduled_callback", "pending_signature", "document_sent", "signed", "delivered", "failed", "error"],
    ],
    "COMPLETE": ["accepted"],
    "LOST": ["disqualified", "no_contact", "duplicate", "rejected", "dnc"],
}
TAKEN = {"NEW": "new", "ACTIVE": "qualified", "COMPLETE": "accepted", "LOST": "rejected"}
STAGE_OF = {status: stage for stage, statuses in GROUPS.items() for status in statuses}
CUSTOM = "Em visita"


def _now(client: Client, lead: str) -> tuple[str, str]:
    return client.get(lead)["status"], client.get_leadsail(lead)["status"]


def _stage(client: Client, lead: str, stage: str | None) -> None:
    client.patch(lead, {"status": stage})


def _status(client: Client, lead: str, status: str | None) -> int:
    answer = client.patch_leadsail(lead, {"status": status})
    assert answer.status_code == 200, answer.text
    return version(answer)


def test_a_new_lead_is_new_to_both(client: Client) -> None:
    for lead in (client.new_lead(), client.new_leadsail_lead()):
        assert _now(client, lead) == ("NEW", "new")


@pytest.mark.parametrize("stage", GROUPS)
def test_a_stage_takes_its_status_only_from_outside_its_group(client: Client, stage: str) -> None:
    for status, own_stage in STAGE_OF.items():
        lead = client.new_leadsail_lead()
        _status(client, lead, status)
        assert _now(client, lead) == (own_stage, status)
        _stage(client, lead, stage)
        assert _now(client, lead) == (stage, status if status in GROUPS[stage] else TAKEN[stage])


@pytest.mark.parametrize("stage", GROUPS)
def test_a_status_takes_its_stage(client: Client, stage: str) -> None:
    for status, own_stage in STAGE_OF.items():
        lead = client.new_lead(status=stage)
        assert _now(client, lead) == (stage, TAKEN[stage])
        _status(client, lead, status)
        assert _now(client, lead) == (own_stage, status)


def test_canonical_stages_are_read_in_any_case(client: Client) -> None:
    for text in ("active", "Active", "aCtIvE"):
        lead = client.new_lead(status=text)
        assert _now(client, lead) == ("ACTIVE", "qualified")


@pytest.mark.parametrize("status", STAGE_OF)
def test_a_stage_of_ones_own_leaves_the_status_alone(client: Client, status: str) -> None:
    lead = client.new_lead()
    _status(client, lead, status)
    _stage(client, lead, CUSTOM)
    assert _now(client, lead) == (CUSTOM, status)


@pytest.mark.parametrize("stage", GROUPS)
def test_only_a_status_outside_the_group_replaces_a_stage_of_ones_own(client: Client, stage: str) -> None:
    for before, after in itertools.product([GROUPS[stage][0], GROUPS[stage][-1]], STAGE_OF):
        lead = client.new_lead()
        _status(client, lead, before)
        _stage(client, lead, CUSTOM)
        _status(client, lead, after)
        assert _now(client, lead) == (CUSTOM if STAGE_OF[after] == stage else STAGE_OF[after], after)


def test_from_a_stage_of_ones_own_to_a_canonical_one(client: Client) -> None:
    for status, stage in itertools.product(["pending", "signed", "accepted", "dnc"], GROUPS):
        lead = client.new_lead()
        _status(client, lead, status)
        _stage(client, lead, CUSTOM)
        _stage(client, lead, stage)
        assert _now(client, lead) == (stage, status if status in GROUPS[stage] else TAKEN[stage])


@pytest.mark.parametrize("empty", [None, ""])
def test_clearing_the_stage_gives_new(client: Client, empty: str | None) -> None:
    for before, after in (("signed", "new"), ("pending", "pending"), ("accepted", "new")):
        lead = client.new_lead()
        _status(client, lead, before)
        _stage(client, lead, CUSTOM)
        _stage(client, lead, empty)
        assert _now(client, lead) == ("NEW", after)


def test_clearing_the_status_gives_new(client: Client) -> None:
    lead = client.new_lead(status="LOST")
    _status(client, lead, None)
    assert _now(client, lead) == ("NEW", "new")
    _stage(client, lead, CUSTOM)
    _status(client, lead, "processing")
    assert _status(client, lead, None) == 5
    assert _now(client, lead) == (CUSTOM, "new")


def test_sending_back_the_shown_stage_moves_nothing(client: Client) -> None:
    lead = client.new_lead()
    _status(client, lead, "signed")
    _stage(client, lead, CUSTOM)
    assert client.patch(lead, {"status": CUSTOM})["version"] == 3
    assert _status(client, lead, "signed") == 3
    assert _now(client, lead) == (CUSTOM, "signed")


def test_both_lists_filter_by_their_own_word(client: Client) -> None:
    lead = client.new_leadsail_lead()
    _status(client, lead, "signed")
    client.new_leadsail_lead()
    bare = lead.removeprefix("lead_")
    assert [lead["id"] for lead in client.expad("GET", "lead?status=active").json()["leads"]] == [bare]
    assert [lead["leadId"] for lead in client.leadsail("GET", "leads?status=signed").json()["data"]["leads"]] == [lead]
