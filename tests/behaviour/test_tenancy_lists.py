"""Lists and searches have an account's own leads and webhooks only, with any parameters."""

from collections.abc import Iterator
from typing import Any

import pytest

from lab.server import Client, Leadloop
from leadloop.api.call import Route
from leadloop.core.keys import SCOPES
from leadloop.core.reading.field_values import KINDS
from tests.support.intruder import ROUTES, Victim, name_of, new_endpoint, new_victim, reaches

WEBHOOKS, ENTRIES, SEARCH = "/api/v1/webhooks", "/api/v1/catalogue/{kind}", "/api/v1/search/"
WITHOUT_LEADS = ("/api/v1/account", "/api/v1/users", "/api/v1/keys", "/api/v1/actors", "/api/v1/audit", "/api/v1/views")
INSIGHTS = [route for route in ROUTES if "/insights" in route.path]
COUNTS = [route for route in ROUTES if route.path in ("/api/v1/leads/count", "/api/v1/leads/stages")]
LISTS = [
    route
    for route in ROUTES
    if route.method == "GET"
    and "{lead_id}" not in route.path
    and not route.path.startswith((WEBHOOKS, ENTRIES, SEARCH, "/api/v1/attribution", *WITHOUT_LEADS))
    and route not in (*INSIGHTS, *COUNTS)
]


@pytest.fixture(scope="module")
def victim(server: Leadloop) -> Iterator[Victim]:
    client = server.client(SCOPES)
    yield new_victim(client)
    client.close()


@pytest.mark.parametrize("route", LISTS, ids=map(name_of, LISTS))
def test_a_list_holds_own_leads_only(route: Route, client: Client, victim: Victim) -> None:
    alike = {"email": victim.email, "phoneNumber": victim.phone, "tags": [{"id": "t1"}]}
    own = {client.new_lead(**alike, leadAttributionUser={"id": "u1"}), client.new_lead()}
    client.patch_leadsail(min(own), {"campaign": {"campaignId": "VIC"}})
    listed_ids: set[str] = set()
    for reach in reaches(route, client, min(own), victim):
        answer = reach.send(client)
        if reach.way == "another account in the path":
            assert answer.status_code == 403
            continue
        assert answer.status_code == 200, answer.text
        body = answer.json()
        data = body.get("data", body)
        listed = data["changes"] if "changes" in data else data["leads"]
        shown = {str(lead.get("id") or lead["leadId"]).removeprefix("lead_") for lead in listed}
        assert shown <= own, reach
        assert body.get("total", 0) <= len(own)
        listed_ids |= shown
    assert listed_ids == own


@pytest.mark.parametrize("route", COUNTS, ids=map(name_of, COUNTS))
def test_own_leads_only_are_counted(route: Route, client: Client, victim: Victim) -> None:
    own = [client.new_lead(email=victim.email, phoneNumber=victim.phone), client.new_lead()]
    counted = set()
    for reach in reaches(route, client, own[0], victim):
        answer = reach.send(client)
        assert answer.status_code == 200, answer.text
        data = answer.json()["data"]
        counted.add(data["count"] if "count" in data else sum(stage["count"] for stage in data["stages"]))
    assert max(counted) == len(own)


@pytest.mark.parametrize("path", WITHOUT_LEADS)
def test_people_keys_and_audit_are_those_of_the_own_account(path: str, server: Leadloop, victim: Victim) -> None:
    client = server.client(SCOPES)
    ids = f"user:{victim.person_id},key:{victim.key_id},{victim.person_id},{victim.key_id}"
    for params in ({}, {"ids": ids}, {"accountId": victim.client.account_id, "account": victim.client.account_id}):
        if path.endswith("/actors") and "ids" not in params:
            continue
        answer = client.http.get(path, params=params, headers={"Prefer": "handling=lenient"})
        assert answer.status_code == 200, answer.text
        assert victim.secret not in answer.text and victim.client.account_id not in answer.text
        if "ids" not in params:
            assert victim.person_id not in answer.text and victim.key_id not in answer.text
            assert victim.view_id not in answer.text
    client.close()


@pytest.mark.parametrize("route", INSIGHTS, ids=map(name_of, INSIGHTS))
def test_insights_count_own_leads_only(route: Route, client: Client, victim: Victim) -> None:
    own = client.new_lead(leadAttributionUser={"id": "u1", "userName": "Own"})
    for reach in reaches(route, client, own, victim):
        answer = reach.send(client)
        if reach.way == "another account in the path":
            assert answer.status_code == 403
            continue
        assert answer.status_code == 200, answer.text
        assert _counted(answer.json()) in ([("Own", 1)], 1), reach


def _counted(body: Any) -> list[tuple[str, int]] | int:
    """Leads by user, or all of them."""
    if "data" not in body:
        return [(user["userName"], user["leadCount"]) for user in body["attributionUserPerformances"]]
    data = body["data"]
    if "groups" not in data:
        return int(data["leads"])
    return [(group["key"]["user"]["name"], group["leads"]) for group in data["groups"]]


def test_the_list_of_webhooks_holds_own_ones_only(server: Leadloop, victim: Victim) -> None:
    (route,) = (route for route in ROUTES if (route.method, route.path) == ("GET", WEBHOOKS))
    client = server.client(SCOPES)
    own = {new_endpoint(client, state="disabled") for _ in range(2)}
    for reach in reaches(route, client, "", victim):
        listed = reach.send(client).json()["data"]["webhooks"]
        assert {endpoint["id"] for endpoint in listed} == own, reach
    client.close()


def test_the_catalogue_holds_own_entries_only(client: Client, victim: Victim) -> None:
    (route,) = (route for route in ROUTES if (route.method, route.path) == ("GET", ENTRIES))
    client.new_lead(tags=[{"id": "t1", "name": victim.secret[:8]}, {"name": "vip"}])
    names: set[str] = set()
    for reach in reaches(route, client, "", victim):
        answer = reach.send(client)
        if "cursor" in reach.params:
            assert answer.status_code == 400  # these are none of this list
            continue
        shown = {entry["name"] for entry in answer.json()["data"]["entries"]}
        assert shown <= {victim.secret[:8], "vip"}, reach
        names |= shown
    assert names == {victim.secret[:8], "vip"}


@pytest.mark.parametrize("field", [*KINDS, "campaign", "stage"])
def test_a_query_is_completed_from_the_own_account_only(field: str, client: Client, victim: Victim) -> None:
    for q in ("", victim.secret, "u1", "VIC", "t1"):
        answer = client.leadsail("GET", "search/values", params={"field": field, "q": q})
        assert victim.secret not in answer.text and "VIC" not in answer.text


def test_a_page_goes_on_within_the_own_account(client: Client, victim: Victim) -> None:
    """A cursor is a position and not an account: another account's cursor is accepted and shows own leads."""
    own = {client.new_lead() for _ in range(3)}
    victim.client.new_lead()
    token = victim.client.expad("GET", params={"pageSize": "1"}).json()["nextPageToken"]
    page = client.expad("GET", params={"pageToken": token}).json()
    assert {lead["id"] for lead in page["leads"]} <= own
    following = client.leadsail("GET", params={"cursor": f"lead_{victim.lead_id}", "limit": "100"}).json()["data"]
    assert {lead["leadId"].removeprefix("lead_") for lead in following["leads"]} <= own
