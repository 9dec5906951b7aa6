"""The stage funnel: who came into each stage, how long they stayed and where they went, as the change log tells."""

from typing import Any

import pytest

from lab.server import Client

EVER = {"from": "2020-01-01", "to": "2100-01-01"}
NEVER = {"count": 0, "p50": None, "p90": None, "mean": None}


def funnel(client: Client, **query: str) -> dict[str, Any]:
    answer = client.leadsail("GET", "insights/funnel", params={**EVER, **query})
    assert answer.status_code == 200, answer.text
    return dict(answer.json()["data"])


def stages(client: Client, **query: str) -> dict[str, tuple[int, int, dict[str, int], int]]:
    """Leads, entries, where they went, and how many are still there."""
    rows = funnel(client, **query)["stages"]
    return {row["stage"]: (row["leads"], row["entries"], row["to"], row["stay"]) for row in rows}


def moved(client: Client, *through: str, **body: Any) -> str:
    lead_id = client.new_lead(**body)
    for stage in through:
        client.patch(lead_id, {"status": stage})
    return lead_id


def test_each_stage_has_its_leads_and_where_they_went(client: Client) -> None:
    moved(client, "ACTIVE", "COMPLETE")
    moved(client, "ACTIVE", "LOST", "ACTIVE", "LOST")
    moved(client, status="ACTIVE")
    moved(client, "Visita", "NEW")
    assert stages(client) == {
        "NEW": (3, 4, {"ACTIVE": 2, "Visita": 1}, 1),
        "ACTIVE": (3, 4, {"LOST": 2, "COMPLETE": 1}, 1),
        "COMPLETE": (1, 1, {}, 1),
        "LOST": (1, 2, {"ACTIVE": 1}, 1),
        "Visita": (1, 1, {"NEW": 1}, 0),
    }
    assert funnel(client)["leads"] == 4


def test_the_four_stages_are_always_there(client: Client) -> None:
    answer = funnel(client)
    assert list(answer) == ["from", "to", "timeZone", "leads", "stages"]
    empty = {"leads": 0, "entries": 0, "stayed": NEVER, "to": {}, "stay": 0}
    assert answer["stages"] == [{"stage": stage, **empty} for stage in ("NEW", "ACTIVE", "COMPLETE", "LOST")]


def test_the_other_dialect_moves_through_the_same_stages(client: Client) -> None:
    lead_id = client.new_leadsail_lead()
    for status in ("pending", "contacted", "no_answer", "accepted"):
        assert client.leadsail("PATCH", f"leads/{lead_id}", json={"status": status}).status_code == 200
    by_stage = stages(client)
    assert by_stage["NEW"] == (1, 1, {"ACTIVE": 1}, 0) and by_stage["ACTIVE"] == (1, 1, {"COMPLETE": 1}, 0)


def test_stays_are_measured_between_the_changes(client: Client) -> None:
    lead_id = moved(client, "ACTIVE", "LOST")
    records = client.leadsail("GET", f"leads/{lead_id}/changes").json()["data"]["changes"]
    first, second, third = (float(record["at"].replace("Z", "")[-6:]) for record in records)
    stayed_in = {row["stage"]: row["stayed"] for row in funnel(client)["stages"]}
    for stage, seconds in (("NEW", second - first), ("ACTIVE", third - second)):
        stayed = pytest.approx(seconds % 60, abs=1e-6)
        assert stayed_in[stage] == {"count": 1, "p50": stayed, "p90": stayed, "mean": stayed}
    assert stayed_in["LOST"] == NEVER


def test_a_period_filters_and_deletion_choose_the_leads(client: Client) -> None:
    moved(client, "ACTIVE", leadDate=1_767_225_600_000, unit={"id": "u1", "name": "Centro"})
    moved(client, "LOST", leadDate=1_769_904_000_000)
    client.patch(moved(client, "LOST", leadDate=1_767_225_600_000), {"markedForDeletion": True})
    january = {"from": "2026-01-01", "to": "2026-02-01"}
    assert funnel(client, **january)["leads"] == 1
    assert stages(client, **january)["LOST"] == (0, 0, {}, 0)
    assert funnel(client, unit="centro")["leads"] == funnel(client, stage="active")["leads"] == 1
    assert funnel(client, unit="norte")["leads"] == 0


def test_reverting_a_lead_is_a_change_of_its_stage(client: Client) -> None:
    lead_id = moved(client, "LOST")
    assert client.leadsail("POST", f"leads/{lead_id}/revert", json={"version": 1}).status_code == 200
    assert stages(client)["LOST"] == (1, 1, {"NEW": 1}, 0)


@pytest.mark.parametrize(
    ("query", "name"),
    [
        ({"to": "2019-01-01"}, "to"),
        ({"from": "x"}, "from"),
        ({"timeZone": "Mars"}, "timeZone"),
        ({"stage": ","}, "stage"),
    ],
)
def test_invalid_parameters_are_400_and_named(client: Client, query: dict[str, str], name: str) -> None:
    answer = client.leadsail("GET", "insights/funnel", params={**EVER, **query})
    assert answer.status_code == 400, answer.text
    assert answer.json()["error"]["details"][0].startswith(f"{name}: ")
