"""The changes of one lead in the form of the feed, by version."""

import secrets

import pytest

from lab.server import Client, Leadloop
from tests.support.feed import feed, pages, records, refusal, values_by_field


def history(lead: str) -> str:
    return f"leads/{lead}/changes"


def test_a_lead_has_its_own_changes_only(client: Client) -> None:
    lead, other = client.new_lead(), client.new_leadsail_lead()
    client.patch_leadsail(other, {"detail": "not mine"})
    client.patch_leadsail(lead, {"detail": "x"})
    client.patch(lead, {"markedForDeletion": True})
    own = records(client, history(lead))
    assert [(record["leadId"], record["version"]) for record in own] == [(f"lead_{lead}", n) for n in (1, 2, 3)]
    assert values_by_field(own[1]) == {"/detail": (None, "x")}
    assert own == [record for record in records(client) if record["leadId"] == f"lead_{lead}"]


def test_both_forms_of_an_id_are_accepted(client: Client) -> None:
    lead = client.new_lead()
    assert feed(client, history(lead)) == feed(client, history(f"lead_{lead}"))


def test_it_is_read_page_by_page(client: Client) -> None:
    lead = client.new_lead()
    for number in range(6):
        client.patch_leadsail(lead, {"detail": str(number)})
    records = list(pages(client, history(lead), limit=3))
    assert [[record["version"] for record in page] for page in records] == [[1, 2, 3], [4, 5, 6], [7]]
    cursor = feed(client, history(lead))["nextCursor"]
    assert feed(client, history(lead), after=cursor) == {"changes": [], "nextCursor": cursor, "hasMore": False}
    client.patch_leadsail(lead, {"detail": "new"})
    assert [record["version"] for record in feed(client, history(lead), after=cursor)["changes"]] == [8]


@pytest.mark.parametrize("lead", ["x", "0" * 24, "lead_", "lead_" + "0" * 24])
def test_a_lead_that_is_not_there(client: Client, lead: str) -> None:
    answer = client.leadsail("GET", history(lead))
    assert answer.status_code == 404
    assert answer.json() == {"success": False, "error": {"code": "NOT_FOUND", "message": "Resource not found"}}


def test_another_accounts_lead_is_not_there(client: Client, server: Leadloop) -> None:
    other = server.client()
    lead = other.new_lead()
    foreign = client.leadsail("GET", history(lead))
    unknown = client.leadsail("GET", history(secrets.token_hex(12)))
    assert (foreign.status_code, foreign.content) == (404, unknown.content)
    other.close()


def test_a_cursor_of_another_lead_is_refused(client: Client) -> None:
    lead, other = client.new_lead(), client.new_lead()
    for cursor in (feed(client, history(other))["nextCursor"], feed(client)["nextCursor"], "x"):
        assert refusal(client.leadsail("GET", history(lead), params={"after": cursor})) == ["after"]


@pytest.mark.parametrize("query", ["limit=0", "full=maybe"])
def test_invalid_parameters_are_named(client: Client, query: str) -> None:
    assert refusal(client.leadsail("GET", f"{history(client.new_lead())}?{query}")) == [query.partition("=")[0]]
