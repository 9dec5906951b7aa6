"""List: each filter, alone and combined; filters that match nothing; malformed parameters are 400."""

from typing import Any

import pytest

from lab.server import Client

DAY = 86_400_000
JAN_1 = 1_767_225_600_000  # 2026-01-01T00:00:00Z


def listed_names(client: Client, **query: Any) -> list[str]:
    """The names of the leads on the page; the total agrees."""
    answer = client.expad("GET", params=query)
    assert answer.status_code == 200, answer.text
    page = answer.json()
    assert page["total"] == len(page["leads"])
    return [lead["name"] for lead in page["leads"]]


@pytest.fixture
def leads(client: Client) -> Client:
    """Three leads that differ in everything; by lead date c, b, a."""
    for day, name in enumerate("abc"):
        client.new_lead(
            name=name,
            leadDate=JAN_1 + day * DAY,
            source={"a": "GOOGLE", "b": "FACEBOOK", "c": "Feira"}[name],
            type={"a": "FORM", "b": "LEAD_TYPE_CALL", "c": "LEAD_TYPE_UNSPECIFIED"}[name],
            status={"a": "ACTIVE", "b": "COMPLETE", "c": "Em negociação"}[name],
            leadAttributionUser={"id": f"user-{name}", "userId": f"uid-{name}"},
            unit={"id": f"unit-{name}"},
            department={"id": f"department-{name}"},
            interest={"id": f"interest-{name}"},
            tags=[{"id": f"tag-{name}", "name": f"Tag {name}"}, {"id": "all", "name": "All"}],
            phoneNumber=f"+55 11 98765-432{day}",
            email=f"{name}@Example.com",
        )
    return client


FILTERS: list[tuple[dict[str, str], str]] = [
    ({}, "cba"),
    ({"from": "2026-01-02T00:00:00Z"}, "cb"),
    ({"to": "2026-01-02T00:00:00Z"}, "a"),
    ({"from": "2026-01-01T00:00:00Z", "to": "2026-01-03T00:00:00Z"}, "ba"),
    ({"from": "2026-01-02T00:00:00.001Z"}, "c"),
    ({"to": "2026-01-02T00:00:00.001Z"}, "ba"),
    ({"from": "2026-01-01T21:00:00-03:00"}, "cb"),
    ({"from": "2026-01-02T01:00:00+01:00"}, "cb"),
    ({"from": "2026-01-02t00:00:00z"}, "cb"),
    ({"from": "2026-01-02T00:00:00Z", "to": "2026-01-02T00:00:00Z"}, "b"),
    ({"from": "2100-01-01T00:00:00Z"}, ""),
    ({"source": "GOOGLE"}, "a"),
    ({"source": "facebook"}, "b"),
    ({"source": "custom"}, ""),
    ({"source": "FEIRA"}, "c"),
    ({"type": "FORM"}, "a"),
    ({"type": "lead_type_form"}, "a"),
    ({"type": "CALL"}, "b"),
    ({"type": "LEAD_TYPE_UNSPECIFIED"}, "c"),
    ({"status": "ACTIVE"}, "a"),
    ({"status": "complete"}, "b"),
    ({"status": "Em negociação"}, "c"),
    ({"attributionUserId": "user-a"}, "a"),
    ({"unitId": "unit-b"}, "b"),
    ({"departmentId": "department-c"}, "c"),
    ({"interestId": "interest-a"}, "a"),
    ({"tagId": "tag-b"}, "b"),
    ({"tagId": "all"}, "cba"),
    ({"phoneNumber": "+55 11 98765-4320"}, "a"),
    ({"phoneNumber": "11987654320"}, "a"),
    ({"phoneNumber": "(11) 8765-4321"}, "b"),
    ({"email": "A@EXAMPLE.COM"}, "a"),
    ({"search": "@example"}, "cba"),
    ({"search": "98765-4321"}, "b"),
    ({"source": "google", "status": "active", "tagId": "all", "from": "2026-01-01T00:00:00Z"}, "a"),
    ({"source": "google", "status": "complete"}, ""),
    ({"unknownParameter": "x", "source": ""}, "cba"),
]


@pytest.mark.parametrize(("query", "names"), FILTERS)
def test_a_filter(leads: Client, query: dict[str, str], names: str) -> None:
    assert listed_names(leads, **query) == list(names)


TEXT_FILTERS = (
    *("source", "type", "status", "attributionUserId", "unitId", "departmentId", "interestId", "tagId"),
    *("phoneNumber", "email"),
)


@pytest.mark.parametrize("value", ["nothing has this", "%", "_", "' OR 1=1 --", "\\", "🙂", "x" * 2_000])
def test_what_matches_nothing(leads: Client, value: str) -> None:
    for name in TEXT_FILTERS:
        assert listed_names(leads, **{name: value}) == [], name


@pytest.mark.parametrize("name", ["from", "to"])
@pytest.mark.parametrize(
    "value",
    [
        "yesterday",
        "2026-01-01",
        "2026-13-01T00:00:00Z",
        "2026-02-30T00:00:00Z",
        "2026-01-01T00:00:00",
        "1767225600",
        "T",
    ],
)
def test_a_time_that_is_no_rfc_3339_instant_is_400(client: Client, name: str, value: str) -> None:
    answer = client.expad("GET", params={name: value})
    assert answer.status_code == 400
    assert name in answer.json()["message"]


def test_a_control_character_is_never_a_failure(client: Client) -> None:
    for name in (*TEXT_FILTERS, "search", "q"):
        assert client.expad("GET", params={name: "a\x00b"}).status_code in (200, 400)
        assert client.http.get(f"/v1/account/{client.account_id}/lead?{name}=%ff%fe").status_code in (200, 400)


def test_searching_by_name_phone_email_and_id(client: Client) -> None:
    lead_id = client.new_lead(name="João Conceição", email="joao@example.com", phoneNumber="+55 21 91111-2222")
    client.new_lead(name="Maria")
    for text in ("conceicao", "JOÃO", "joão conc", "joao@", "91111-2222", "21 91111-2222", lead_id, f"lead_{lead_id}"):
        assert listed_names(client, search=text) == ["João Conceição"], text


def test_deleted_leads_are_left_out_of_page_and_total(leads: Client) -> None:
    lead_id = leads.expad("GET", params={"email": "b@example.com"}).json()["leads"][0]["id"]
    leads.patch(lead_id, {"markedForDeletion": True})
    assert listed_names(leads) == ["c", "a"]
    assert listed_names(leads, email="b@example.com") == []
    leads.patch(lead_id, {"markedForDeletion": False})
    assert listed_names(leads) == ["c", "b", "a"]


def test_a_filter_follows_what_is_changed(leads: Client) -> None:
    lead_id = leads.expad("GET", params={"email": "b@example.com"}).json()["leads"][0]["id"]
    leads.patch(
        lead_id, {"tags": [{"id": "fresh"}], "unit": None, "leadDate": JAN_1 + 9 * DAY, "email": "z@example.com"}
    )
    assert listed_names(leads) == ["b", "c", "a"]
    assert listed_names(leads, tagId="all") == ["c", "a"]
    assert listed_names(leads, tagId="fresh") == listed_names(leads, email="z@example.com") == ["b"]
    assert listed_names(leads, unitId="unit-b") == []


def test_leads_of_another_account_are_never_listed(server: Any, leads: Client) -> None:
    other = server.client()
    assert listed_names(other) == []
    other.close()
