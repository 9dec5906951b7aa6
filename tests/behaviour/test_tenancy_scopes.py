"""A key can do what its scopes say and nothing else: every route, every scope."""

from collections.abc import Iterator

import pytest

from leadloop.api.call import Route
from leadloop.core.keys import SCOPES
from tests.support.intruder import ENTRY, NAMES, NO_ENDPOINT, ROUTES, new_endpoint, plain
from tests.support.load_checks import stored
from tests.support.server import Client, Leadloop

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
    found = [(scopes, server.client(scopes, first.account_id)) for scopes in SETS]
    yield found
    for client in (first, *(client for _, client in found)):
        client.close()


@pytest.mark.parametrize("route", ROUTES, ids=NAMES)
def test_a_route_asks_for_its_scope(route: Route, server: Leadloop, keys: list[Key]) -> None:
    assert route.scope in SCOPES
    writer = keys[-1][1]
    lead_id = writer.new_lead(tags=[{"id": ENTRY, "name": "vip"}])
    for scopes, client in keys:
        allowed = route.scope in scopes
        endpoint_id = new_endpoint(writer) if "{endpoint_id}" in route.path else NO_ENDPOINT
        before = stored(server.database, client.account_id)
        answer = plain(route, client.account_id, lead_id, endpoint_id).send(client)
        if route.missing:
            assert answer.status_code == 404
        elif allowed:
            done = {404} if "{event_id}" in route.path else {200, 201}  # it is an event that nobody has
            assert answer.status_code in done, (scopes, answer.text)
        else:
            assert answer.status_code == 403
            assert route.scope in answer.text
        if not allowed:
            assert stored(server.database, client.account_id) == before
        writer.leadsail("DELETE", f"webhooks/{endpoint_id}")


@pytest.mark.parametrize("key", ["", "garbage", "ll_live_" + "0" * 12 + "_" + "0" * 38])
@pytest.mark.parametrize("route", ROUTES, ids=NAMES)
def test_without_a_key_nothing_is_told_apart(route: Route, key: str, client: Client) -> None:
    lead_id = client.new_lead()
    stranger = Client(client.url, client.account_id, key)
    answers = [plain(route, client.account_id, one).send(stranger) for one in (lead_id, "f" * 24)]
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
