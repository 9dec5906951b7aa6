"""The published value sets, dates, times and counts, each on both sides of its edge."""

from typing import Any

import pytest

from lab.server import Client
from tests.support.answers import UPDATED, refused

STATUSES = [
    "new",
    "pending",
    "processing",
    "qualified",
    "disqualified",
    "missing_data",
    "queued",
    "pending_action",
    "no_answer",
    "voicemail",
    "contacted",
    "scheduled_callback",
    "no_contact",
    "pending_signature",
    "document_sent",
    "signed",
    "delivered",
    "accepted",
    "duplicate",
    "failed",
    "error",
    "rejected",
    "dnc",
]
TIMEZONE_SOURCES = ["ip", "zip", "area_code", "user_input", "inferred"]
APPROVALS = ["pending", "approved", "rejected"]

TAKEN: dict[str, list[Any]] = {
    "status": STATUSES,
    "timezoneSource": TIMEZONE_SOURCES,
    "timezone": ["America/Sao_Paulo", "UTC", "Etc/GMT+3", "US/Eastern"],
    "dateOfBirth": ["2024-02-29", "2000-02-29", "1900-01-01", "0001-01-01", "9999-12-31"],
    "submissionCount": [0, 1, 2**63 - 1],
}
REFUSED: dict[str, list[Any]] = {
    "status": ["NEW", "New", "new ", "", "won", 1, ["new"]],
    "timezoneSource": ["IP", "gps", "", 1],
    "timezone": ["Sao Paulo", "America/Nowhere", "../../etc/passwd", "", 3],
    "dateOfBirth": [
        *["2024-02-30", "2023-02-29", "1900-02-29", "2024-2-3", "2024-13-01", "2024-00-10", "2024-01-00", "0000-01-01"],
        *["20240203", "2024-02-03T00:00:00Z", "2024-02-03 ", "2024-02-03\n", "٢٠٢٤-٠٢-٠٣", "03/02/2024", "", 20240203],
    ],
    "submissionCount": [-1, 1.5, 0.000001, -0.5, "1", True, [1]],
}


@pytest.mark.parametrize("field", TAKEN)
def test_values_that_are_taken(client: Client, field: str) -> None:
    lead = client.new_leadsail_lead()
    for value in TAKEN[field]:
        answer = client.patch_leadsail(lead, {field: value})
        assert (answer.status_code, answer.json()) == (200, UPDATED), value
        assert client.get_leadsail(lead)[field] == value


@pytest.mark.parametrize("field", REFUSED)
def test_values_that_are_refused(client: Client, field: str) -> None:
    lead = client.new_leadsail_lead()
    before = client.get_leadsail(lead)
    for value in REFUSED[field]:
        assert refused(client.patch_leadsail(lead, {field: value})) == [field], value
    assert client.get_leadsail(lead) == before


def test_there_are_23_statuses() -> None:
    assert len(set(STATUSES)) == 23


def test_a_whole_number_may_be_written_with_a_fraction_of_zero(client: Client) -> None:
    lead = client.new_leadsail_lead()
    for text, count in (("1.0", 1), ("0.0", 0), ("-0", 0), ("2e1", 20)):
        body = f'{{"submissionCount": {text}}}'
        answer = client.leadsail("PATCH", f"leads/{lead}", content=body, headers={"Content-Type": "application/json"})
        assert answer.status_code == 200, text
        shown = client.get_leadsail(lead)["submissionCount"]
        assert shown == count and isinstance(shown, int), text


def test_approval_has_a_value_set_of_its_own(client: Client) -> None:
    lead = client.new_leadsail_lead()
    for status in APPROVALS:
        assert client.patch_leadsail(lead, {"approval": {"status": status}}).status_code == 200
        assert client.get_leadsail(lead)["approval"] == {"status": status}
    assert refused(client.patch_leadsail(lead, {"approval": {"status": "new"}})) == ["approval.status"]
    assert refused(client.patch_leadsail(lead, {"approval": "approved"})) == ["approval"]


NO_INSTANTS: list[Any] = ["tomorrow", "2024-02-30", "2026-01-31T25:00:00Z", "", "13:45", True, 1.5, [], {}, 2**62]
TIMES = ["latestSubmittedAt", "lastActivityAt", "deliveredAt"]
INSTANTS = {
    "2026-01-31T13:45:00.123Z": "2026-01-31T13:45:00.123Z",
    "2026-01-31T13:45:00Z": "2026-01-31T13:45:00.000Z",
    "2026-01-31T10:45:00-03:00": "2026-01-31T13:45:00.000Z",
    "2026-01-31T13:45:00.123456Z": "2026-01-31T13:45:00.123Z",
    "2026-01-31T13:45:00": "2026-01-31T13:45:00.000Z",
    "2026-01-31": "2026-01-31T00:00:00.000Z",
    1769867100123: "2026-01-31T13:45:00.123Z",
    0: "1970-01-01T00:00:00.000Z",
    -1: "1969-12-31T23:59:59.999Z",
}


@pytest.mark.parametrize("field", TIMES)
def test_a_time_is_iso_8601_or_milliseconds_or_null(client: Client, field: str) -> None:
    lead = client.new_leadsail_lead()
    for sent, shown in INSTANTS.items():
        assert client.patch_leadsail(lead, {field: sent}).json() == UPDATED, sent
        assert client.get_leadsail(lead)[field] == shown
    for wrong in NO_INSTANTS:
        assert refused(client.patch_leadsail(lead, {field: wrong})) == [field], wrong
    assert client.patch_leadsail(lead, {field: None}).json() == UPDATED
    assert field not in client.get_leadsail(lead)
