"""`If-None-Match`: who has a lead's present version already is told so, without the lead (semantics section 3)."""

import httpx
import pytest

from lab.server import Client
from tests.support.dialects import REQUEST_ID, Bare, DialectClient, lines
from tests.support.writes import NOBODY, patch

SAME = ['"1"', 'W/"1"', '"7", "1"', '"7",W/"1"', '"a,b", "1"', "*"]
OTHERS = ['"2"', 'W/"2"', '"7", "8"', '"01"', '"+1"', '"a,1"', '""']


def get(api: DialectClient, lead: str, field: str, method: str = "GET") -> httpx.Response:
    return api.client.http.request(method, api.lead(lead), headers={"If-None-Match": field})


@pytest.mark.parametrize("field", SAME)
def test_a_current_tag_gets_304(api: DialectClient, field: str) -> None:
    lead = api.new()
    answer = get(api, lead, field)
    assert (answer.status_code, answer.content) == (304, b"")
    assert answer.headers["ETag"] == '"1"'
    assert REQUEST_ID.fullmatch(answer.headers["X-Request-Id"])


@pytest.mark.parametrize("field", OTHERS)
def test_an_outdated_tag_gets_the_lead(api: DialectClient, field: str) -> None:
    lead = api.new()
    answer = get(api, lead, field)
    assert answer.status_code == 200 and answer.headers["ETag"] == '"1"'
    assert answer.json() == api.client.http.get(api.lead(lead)).json()


def test_a_change_is_seen_and_no_change_is_not(api: DialectClient) -> None:
    lead = api.new()
    patch(api, lead, {})
    assert get(api, lead, '"1"').status_code == 304
    patch(api, lead, {api.text: "x"})
    answer = get(api, lead, '"1"')
    assert answer.status_code == 200 and answer.headers["ETag"] == '"2"'
    assert get(api, lead, '"2"').status_code == 304


def test_a_change_through_the_other_dialect_is_seen(client: Client) -> None:
    lead = client.new_lead()
    client.patch_leadsail(lead, {"customFields": {"only": "LeadSail shows this"}})
    assert client.expad("GET", f"lead/{lead}", headers={"If-None-Match": '"1"'}).status_code == 200
    assert client.expad("GET", f"lead/{lead}", headers={"If-None-Match": '"2"'}).status_code == 304
    assert client.leadsail("GET", f"leads/{lead}", headers={"If-None-Match": '"2"'}).status_code == 304


def test_head_is_answered_like_get(api: DialectClient) -> None:
    lead = api.new()
    assert get(api, lead, '"1"', "HEAD").status_code == 304
    assert get(api, lead, '"2"', "HEAD").status_code == 200


def test_the_connection_is_good_for_the_next_request(api: DialectClient) -> None:
    """A 304 has no body, whatever its headers say."""
    lead = api.new()
    bare = Bare(api.client)
    for _ in range(2):
        bare.head("GET", api.lead(lead), 'If-None-Match: "1"')
        status, headers, body = bare.answer()
        assert (status, headers["etag"], body) == (304, '"1"', b"")
    bare.head("GET", api.lead(lead), 'If-None-Match: "2"')
    status, _, body = bare.answer()
    bare.close()
    assert status == 200 and lead.removeprefix("lead_").encode() in body


def test_an_unknown_lead_is_unknown(api: DialectClient, writer: Client) -> None:
    for field in ('"1"', "*"):
        lines(get(api, NOBODY, field), api.name, 404)
    denied = DialectClient(writer, api.name, api.text, api.long_text)
    lines(get(denied, api.new(), "*"), api.name, 403)


def test_lists_have_no_version(api: DialectClient) -> None:
    api.new()
    for field in ('"1"', "*"):
        answer = api.client.http.get(api.leads, headers={"If-None-Match": field})
        assert answer.status_code == 200 and "ETag" not in answer.headers
