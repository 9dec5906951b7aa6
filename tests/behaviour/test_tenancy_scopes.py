"""A key can do what its scopes permit and nothing else: every route, every scope."""

from collections.abc import Iterator

import httpx
import pytest

from lab.load_checks import load_content
from lab.server import Client, Leadloop
from leadloop.api.call import Route
from leadloop.core.keys import SCOPES
from tests.support.intruder import ENTRY, NAMES, NO_ENDPOINT, ROUTES, new_endpoint, new_key, new_person, new_view, plain

Key = tuple[tuple[str, ...], Client]

SETS: list[tuple[str, ...]] = [
    (),
    *((scope,) for scope in SCOPES),
    *(tuple(set(SCOPES) - {scope}) for scope in SCOPES),
    SCOPES,
]


@pytest.fixture(scope="module")
def keys(server: Leadloop) -> Iterator[list[Key]]:
    """Keys of one account, one for each set of scopes; the last may do everything."""
    first = server.client()
    keys = [(scopes, server.client(scopes, first.account_id)) for scopes in SETS]
    yield keys
    for client in (first, *(client for _, client in keys)):
        client.close()


@pytest.mark.parametrize("route", ROUTES, ids=NAMES)
def test_a_route_asks_for_its_scope(route: Route, server: Leadloop, keys: list[Key]) -> None:
    assert route.scope in SCOPES
    writer = keys[-1][1]
    lead_id = writer.new_lead(tags=[{"id": ENTRY, "name": "vip"}])
    wanted = {route.scope, route.also} - {None}

    def send(client: Client) -> httpx.Response:
        endpoint_id = new_endpoint(writer) if "{endpoint_id}" in route.path else NO_ENDPOINT
        ids = {}
        if "{person_id}" in route.path:
            ids["person_id"] = new_person(writer)
        if "{key_id}" in route.path:
            ids["key_id"] = new_key(writer)
        if "{view_id}" in route.path:
            ids["view_id"] = new_view(writer)
        answer = plain(route, client.account_id, lead_id, endpoint_id, **ids).send(client)
        writer.leadsail("DELETE", f"webhooks/{endpoint_id}")
        return answer

    before = load_content(server.database, writer.account_id)
    for scopes, client in keys:
        if not wanted <= set(scopes):
            answer = send(client)
            assert answer.status_code == (404 if route.missing else 403)
            assert route.missing or any(str(scope) in answer.text for scope in wanted - set(scopes))
    assert load_content(server.database, writer.account_id) == before
    done = {404} if route.missing or "{event_id}" in route.path else {200, 201}  # it is an event that nobody has
    for scopes, client in keys:
        if wanted <= set(scopes):
            assert send(client).status_code in done, scopes


@pytest.mark.parametrize("key", ["", "garbage", "ll_live_" + "0" * 12 + "_" + "0" * 38])
@pytest.mark.parametrize("route", ROUTES, ids=NAMES)
def test_without_a_key_known_and_unknown_ids_get_the_same_answer(route: Route, key: str, client: Client) -> None:
    lead_id = client.new_lead()
    stranger = Client(client.url, client.account_id, key)
    answers = [plain(route, client.account_id, id).send(stranger) for id in (lead_id, "f" * 24)]
    stranger.close()
    assert {answer.status_code for answer in answers} == {404 if route.missing else 401}
    assert answers[0].content == answers[1].content


def test_a_key_that_may_not_read_is_shown_no_lead(server: Leadloop, client: Client) -> None:
    lead_id = client.new_lead(note="only for readers")
    writer = server.client(["leads:write"], client.account_id)
    prefer = {"Prefer": "return=representation"}
    for answer in (
        writer.expad("PATCH", f"lead/{lead_id}", json={"cpf": "1"}, headers=prefer),
        writer.patch_leadsail(lead_id, {"detail": "x"}, headers=prefer),
    ):
        assert answer.status_code == 200
        assert "only for readers" not in answer.text
        assert "preference-applied" not in answer.headers
    writer.close()


def test_nor_is_one_shown_by_what_creates(server: Leadloop, client: Client) -> None:
    """Once an upsert showed whole stored leads."""
    secret = {"note": "only for readers", "email": "ana@example.com", "name": "Ana Souza"}
    lead_id = client.new_lead(**secret)
    writer = server.client(["leads:write"], client.account_id)
    body = {"email": "ana@example.com", "cpf": "1"}
    for prefer in ("upsert=email", "upsert=email, return=representation"):
        answer = writer.expad("POST", "lead", json=body, headers={"Prefer": prefer})
        shown = answer.json()
        assert answer.status_code == 200 and "only for readers" not in answer.text and "Ana" not in answer.text
        assert shown.keys() == {"messge", "message", "leadId", "version", "changed", "ignored"}
        assert (shown["leadId"], shown["version"]) == (lead_id, 2)
    made = writer.expad("POST", "lead", json={"name": "Bia"})
    assert made.json().keys() == shown.keys() and made.headers["ETag"] == '"1"' and "Bia" not in made.text
    new = {
        "campaignId": "A",
        "firstName": "Eva",
        "lastName": "Lima",
        "email": "eva@example.com",
        "phone": "555-123-4567",
    }
    other = writer.leadsail("POST", "leads", json=new, headers={"Prefer": "return=representation"})
    assert other.status_code == 201 and other.json()["data"].keys() == {"leadId", "submissionId"}
    writer.close()


def test_where_leads_go_is_changed_only_by_who_may_read_them(server: Leadloop, client: Client) -> None:
    reader = server.client(["webhooks:manage", "leads:read"], client.account_id)
    manager = server.client(["webhooks:manage"], client.account_id)
    endpoint = reader.leadsail("POST", "webhooks", json={"url": "https://crm.example/a"}).json()["data"]
    path = f"webhooks/{endpoint['id']}"
    for change in ({"url": "https://evil.example/"}, {"body": "expad"}):
        assert manager.leadsail("PATCH", path, json=change).status_code == 403
        assert reader.leadsail("PATCH", path, json=change).status_code == 200
    shown = manager.leadsail("GET", path).json()["data"]
    assert manager.leadsail("PATCH", path, json={**_writable(shown), "description": "x"}).status_code == 200
    for client_ in (reader, manager):
        client_.close()


def _writable(shown: dict[str, object]) -> dict[str, object]:
    return {name: shown[name] for name in ("url", "body", "events")}
