"""A lead without a user is assigned one if the account wants that; its change record has the reason."""

from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from lab.server import Client
from tests.support.catalogue import act, create, set_attribution, update


@pytest.fixture(autouse=True)
def attribution(client: Client) -> Iterator[None]:
    set_attribution(client, True)
    yield


def users(client: Client, *ids: str, **members: Any) -> None:
    for user_id in ids:
        create(client, "users", id=user_id, name=user_id.title(), isRealUser=True, **members)


def new_owners(client: Client, count: int, **body: Any) -> list[str | None]:
    """The users that new leads are assigned to, in order."""
    owners = [client.get(client.new_lead(**body))["leadAttributionUser"] for _ in range(count)]
    return [owner and owner["id"] for owner in owners]


def changes(client: Client, lead_id: str) -> list[dict[str, Any]]:
    answer = client.leadsail("GET", f"leads/lead_{lead_id}/changes")
    return list(answer.json()["data"]["changes"])


def user_change(client: Client, lead_id: str) -> dict[str, Any]:
    """The user's field in the lead's last record."""
    [field] = [
        field for field in changes(client, lead_id)[-1]["fields"] if field["field"] == "/expad/leadAttributionUser"
    ]
    return dict(field)


def test_users_get_leads_in_turn(client: Client) -> None:
    users(client, "ana", "bia", "caio")
    assert new_owners(client, 7) == ["ana", "bia", "caio", "ana", "bia", "caio", "ana"]


def test_the_lead_shows_all_of_the_user(client: Client) -> None:
    users(client, "ana", email="ana@example.com", userId="a1", phoneNumber="11 99999-0000")
    lead = client.get(client.new_lead())
    assert lead["hasAttributionUser"] is True
    assert lead["leadAttributionUser"] == {
        "accountId": client.account_id,
        "id": "ana",
        "userId": "a1",
        "userName": "Ana",
        "email": "ana@example.com",
        "phoneNumber": "11 99999-0000",
        "isRealUser": True,
        "globalAutoAttributionDisabled": False,
    }


def test_through_leadsail_too(client: Client) -> None:
    users(client, "ana")
    lead_id = client.new_leadsail_lead().removeprefix("lead_")
    assert client.get(lead_id)["leadAttributionUser"]["id"] == "ana"


def test_weights_say_how_many_each_gets(client: Client) -> None:
    users(client, "ana", weight=3)
    users(client, "bia")
    assert Counter(new_owners(client, 12)) == {"ana": 9, "bia": 3}


def test_a_daily_cap_is_never_exceeded_and_the_record_says_that_no_user_was_left(client: Client) -> None:
    users(client, "ana", dailyCap=1)
    users(client, "bia", dailyCap=2)
    assert new_owners(client, 4) == ["ana", "bia", "bia", None]
    lead_id = client.new_lead()
    dry = client.expad("PATCH", f"lead/{lead_id}", json={"unit": {"id": "u1"}}, headers={"Prefer": "dry-run"})
    assert [field["field"] for field in dry.json()["changed"]] == ["/unit"]
    reason = "autoAttribution: every user of the account has had the day's leads"
    assert user_change(client, lead_id) == {
        "field": "/expad/leadAttributionUser",
        "before": None,
        "after": None,
        "reason": reason,
    }


def test_the_record_says_why_it_was_this_user(client: Client) -> None:
    users(client, "ana", unitIds=["u1"], dailyCap=20)
    create(client, "units", id="u1", name="Centro")
    client.new_lead(unit={"name": "Centro"})
    lead_id = client.new_lead(unit={"name": "Centro"})
    field = user_change(client, lead_id)
    assert field["after"]["id"] == "ana"
    assert field["reason"] == "autoAttribution: round robin of unit Centro, 2 of 20 today"
    client.patch(lead_id, {"leadAttributionUser": {"id": "bia"}})
    assert "reason" not in user_change(client, lead_id)


def test_the_interest_decides_else_the_department_else_the_unit(client: Client) -> None:
    users(client, "unit", unitIds=["u"])
    users(client, "department", departmentIds=["d"])
    users(client, "interest", interestIds=["i"])
    unit, department, interest = ({name: {"id": name[0]}} for name in ("unit", "department", "interest"))
    assert new_owners(client, 2, **unit) == ["unit"] * 2
    assert new_owners(client, 2, **unit, **department) == ["department"] * 2
    assert new_owners(client, 2, **unit, **department, **interest) == ["interest"] * 2
    assert new_owners(client, 1, unit={"id": "u"}, interest={"id": "another"}) == ["unit"]
    assert new_owners(client, 1, unit={"id": "another"}) == [None]


def test_a_user_of_no_unit_is_of_none(client: Client) -> None:
    users(client, "ana")
    lead_id = client.new_lead(unit={"name": "Centro"})
    assert client.get(lead_id)["leadAttributionUser"] is None
    assert user_change(client, lead_id)["reason"] == "autoAttribution: no user of unit Centro takes leads"


def test_who_has_opted_out_or_is_no_person_or_is_archived_gets_none(client: Client) -> None:
    users(client, "ana", globalAutoAttributionDisabled=True)
    create(client, "users", id="group", name="Grupo")
    users(client, "bia", "caio")
    assert new_owners(client, 2) == ["bia", "caio"]
    act(client, "users", "bia", "archive")
    update(client, "users", "ana", {"globalAutoAttributionDisabled": False})
    assert new_owners(client, 3) == ["ana", "caio", "ana"]


def test_a_lead_that_comes_with_a_user_keeps_that_one(client: Client) -> None:
    users(client, "ana")
    assert new_owners(client, 1, leadAttributionUser={"userName": "Bia"}) == [""]
    assert new_owners(client, 1) == ["ana"]


def test_a_lead_without_a_user_gets_one_when_its_unit_is_set(client: Client) -> None:
    lead_id = client.new_lead()
    users(client, "ana", unitIds=["u1"])
    client.patch(lead_id, {"phoneNumber": "11 99999-0000"})
    assert client.get(lead_id)["leadAttributionUser"] is None
    client.patch(lead_id, {"unit": {"id": "u1", "name": "Centro"}})
    assert client.get(lead_id)["leadAttributionUser"]["id"] == "ana"
    client.patch(lead_id, {"leadAttributionUser": None})
    client.patch(lead_id, {"unit": {"id": "u1"}})
    assert client.get(lead_id)["leadAttributionUser"] is None
    client.patch(lead_id, {"leadAttributionUser": {"id": "ana"}})
    users(client, "bia", unitIds=["u2"])
    client.patch(lead_id, {"unit": {"id": "u2"}})
    assert client.get(lead_id)["leadAttributionUser"]["id"] == "ana"


def test_a_dry_run_does_not_count_as_an_assignment(client: Client) -> None:
    lead_id = client.new_lead()
    users(client, "ana", "bia", unitIds=["u1"])
    for _ in range(3):
        dry = client.expad("PATCH", f"lead/{lead_id}", json={"unit": {"id": "u1"}}, headers={"Prefer": "dry-run"})
        assert dry.status_code == 200, dry.text
        fields = {field["field"]: field["after"] for field in dry.json()["changed"]}
        assert fields["/leadAttributionUser"]["id"] == "ana"
    client.patch(lead_id, {"unit": {"id": "u1"}})
    assert client.get(lead_id)["leadAttributionUser"]["id"] == "ana"
    assert new_owners(client, 1, unit={"id": "u1"}) == ["bia"]


def test_a_replayed_request_counts_as_one_assignment(client: Client) -> None:
    users(client, "ana", "bia")
    for _ in range(3):
        answer = client.expad("POST", json={"name": "Ana"}, headers={"Idempotency-Key": "one-and-the-same"})
        assert answer.status_code == 200
    assert new_owners(client, 1) == ["bia"]


def test_concurrent_creates_exceed_no_cap_and_share_all_leads(client: Client, processes: list[Client]) -> None:
    users(client, "ana", "bia", dailyCap=7)
    users(client, "caio", dailyCap=5)

    def new(n: int) -> str | None:
        owner = client.get(processes[n % len(processes)].new_lead())["leadAttributionUser"]
        return owner and str(owner["id"])

    with ThreadPoolExecutor(8) as threads:
        counts = Counter(threads.map(new, range(24)))
    assert counts == {"ana": 7, "bia": 7, "caio": 5, None: 5}


def test_a_department_named_alike_in_another_unit_gives_its_leads_to_its_own_users(client: Client) -> None:
    for n, user in enumerate(("ana", "bia"), 1):
        create(client, "departments", id=f"d{n}", name="Vendas", unitId=f"u{n}")
        users(client, user, departmentIds=[f"d{n}"])
    vendas = {"department": {"name": "Vendas"}}
    assert new_owners(client, 2, unit={"id": "u2"}, **vendas) == ["bia", "bia"]
    assert new_owners(client, 2, unit={"id": "u1"}, **vendas) == ["ana", "ana"]
    assert new_owners(client, 1, **vendas) == [None]
    lead_id = client.new_lead(**vendas)
    client.patch(lead_id, {"unit": {"id": "u2"}})
    assert client.get(lead_id)["leadAttributionUser"]["id"] == "bia"
