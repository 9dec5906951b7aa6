"""`status` is the lead's stage: four canonical names in any case, or any text; LeadSail's status moves along."""

from collections.abc import Callable

import pytest

from lab.server import Client

GROUPS = {
    "NEW": ("new", "pending", "processing"),
    "ACTIVE": (
        *("qualified", "missing_data", "queued", "pending_action", "no_answer", "voicemail", "contacted"),
        *("scheduled_callback", "pending_signature", "document_sent", "signed", "delivered", "failed", "error"),
    ),
    "COMPLETE": ("accepted",),
    "LOST": ("disqualified", "no_contact", "duplicate", "rejected", "dnc"),
}
TAKEN = {"NEW": "new", "ACTIVE": "qualified", "COMPLETE": "accepted", "LOST": "rejected"}
STATUSES = [(status, stage) for stage, statuses in GROUPS.items() for status in statuses]


def both(client: Client, lead_id: str) -> tuple[str, str]:
    return client.get(lead_id)["status"], client.get_leadsail(f"lead_{lead_id}")["status"]


def with_status(client: Client, status: str) -> str:
    lead_id = client.new_leadsail_lead()
    assert client.patch_leadsail(lead_id, {"status": status}).status_code == 200
    return lead_id.removeprefix("lead_")


@pytest.mark.parametrize("stage", GROUPS)
@pytest.mark.parametrize("spell", [str.upper, str.lower, str.title])
def test_a_canonical_stage_in_any_case(client: Client, stage: str, spell: Callable[[str], str]) -> None:
    lead_id = client.new_lead()
    client.patch(lead_id, {"status": spell(stage)})
    assert both(client, lead_id) == (stage, TAKEN[stage])
    assert client.patch(lead_id, {"status": spell(stage)})["changed"] == []


@pytest.mark.parametrize(("status", "stage"), STATUSES)
def test_a_status_of_leadsail_shows_as_its_stage(client: Client, status: str, stage: str) -> None:
    assert both(client, with_status(client, status)) == (stage, status)


@pytest.mark.parametrize(("status", "stage"), STATUSES)
def test_the_finer_status_is_kept_within_its_group(client: Client, status: str, stage: str) -> None:
    lead_id = with_status(client, status)
    answer = client.patch(lead_id, {"status": stage.lower()})
    assert (answer["changed"], both(client, lead_id)) == ([], (stage, status))


@pytest.mark.parametrize(("status", "stage"), STATUSES)
def test_leaving_the_group_moves_the_status(client: Client, status: str, stage: str) -> None:
    for target in GROUPS:
        lead_id = with_status(client, status)
        client.patch(lead_id, {"status": target})
        assert both(client, lead_id) == (target, status if target == stage else TAKEN[target])


@pytest.mark.parametrize("text", ["Em negociação", "string", "won", "inactive", "x" * 4096])
def test_any_other_text_is_kept_and_leaves_the_status_alone(client: Client, text: str) -> None:
    lead_id = with_status(client, "contacted")
    assert client.patch(lead_id, {"status": text})["changed"] == ["/status"]
    assert both(client, lead_id) == (text, "contacted")


BLANKS = ["", " ", "\t\n", "\u00a0", "\u2003\u3000", "\ufeff", " \ufeff\u2028"]


@pytest.mark.parametrize("blank", BLANKS)
def test_white_space_around_it_is_trimmed(client: Client, blank: str) -> None:
    lead_id = client.new_lead(status=f"{blank}complete{blank}", saleValue=10)
    assert both(client, lead_id) == ("COMPLETE", "accepted")
    assert client.patch(lead_id, {"status": f"COMPLETE{blank}"})["changed"] == []
    client.patch(lead_id, {"status": f"{blank}Em  negociação{blank}"})
    assert both(client, lead_id) == ("Em  negociação", "accepted")
    leads = client.expad("GET", "lead", params={"status": f"{blank}Em  negociação{blank}"}).json()["leads"]
    assert [lead["id"] for lead in leads] == [lead_id]


@pytest.mark.parametrize("blank", BLANKS)
def test_nothing_but_blanks_clears_it(client: Client, blank: str) -> None:
    lead_id = client.new_lead(status="COMPLETE")
    client.patch(lead_id, {"status": blank})
    assert both(client, lead_id) == ("NEW", "new")
    assert client.patch(lead_id, {"status": blank})["changed"] == []
    assert both(client, client.new_lead(status=blank)) == ("NEW", "new")


@pytest.mark.parametrize("blank", BLANKS)
def test_a_sale_with_blanks_around_its_status_is_a_sale(client: Client, blank: str) -> None:
    client.new_lead(status=f"COMPLETE{blank}", saleValue=10)
    period = {"from": "2000-01-01T00:00:00Z", "to": "2100-01-01T00:00:00Z"}
    (row,) = client.expad("GET", "insights", params=period).json()["attributionUserPerformances"]
    assert (row["saleCount"], row["saleValueMicros"]) == (1, 10_000_000)


def test_a_text_of_ones_own_counts_as_the_group_of_the_status(client: Client) -> None:
    lead_id = with_status(client, "contacted")
    client.patch(lead_id, {"status": "Em negociação"})
    client.patch_leadsail(f"lead_{lead_id}", {"status": "signed"})
    assert both(client, lead_id) == ("Em negociação", "signed")
    client.patch_leadsail(f"lead_{lead_id}", {"status": "accepted"})
    assert both(client, lead_id) == ("COMPLETE", "accepted")


def test_a_canonical_stage_replaces_a_text_and_keeps_the_status_of_its_group(client: Client) -> None:
    lead_id = with_status(client, "contacted")
    client.patch(lead_id, {"status": "Em negociação"})
    client.patch(lead_id, {"status": "active"})
    assert both(client, lead_id) == ("ACTIVE", "contacted")


@pytest.mark.parametrize("cleared", [None, ""])
@pytest.mark.parametrize(("before", "status"), [("COMPLETE", "new"), ("Em negociação", "new"), ("NEW", "new")])
def test_clearing_gives_new(client: Client, cleared: str | None, before: str, status: str) -> None:
    lead_id = client.new_lead(status=before)
    client.patch(lead_id, {"status": cleared})
    assert both(client, lead_id) == ("NEW", status)


@pytest.mark.parametrize("value", [5, True, [], {}, "a\x00", "x" * 4097])
def test_invalid_statuses_are_refused(client: Client, value: object) -> None:
    answer = client.expad("PATCH", f"lead/{client.new_lead()}", json={"status": value})
    assert answer.status_code == 400
    assert "status" in answer.json()["message"]
