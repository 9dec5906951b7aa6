"""`If-None-Match`: who has a lead's present version already is told so, without the lead (semantics section 3)."""

import httpx
import pytest

from lab.server import Client
from tests.support.dialects import REQUEST_ID, Bare, Face, lines
from tests.support.writes import NOBODY, patch

SAME = ['"1"', 'W/"1"', '"7", "1"', '"7",W/"1"', '"a,b", "1"', "*"]
OTHERS = ['"2"', 'W/"2"', '"7", "8"', '"01"', '"+1"', '"a,1"', '""']


def get(one: Face, lead: str, field: str, method: str = "GET") -> httpx.Response:
    return one.client.http.request(method, one.lead(lead), headers={"If-None-Match": field})


@pytest.mark.parametrize("field", SAME)
def test_what_is_known_is_not_sent_again(one: Face, field: str) -> None:
    lead = one.new()
    answer = get(one, lead, field)
    assert (answer.status_code, answer.content) == (304, b"")
    assert answer.headers["ETag"] == '"1"'
    assert REQUEST_ID.fullmatch(answer.headers["X-Request-Id"])


@pytest.mark.parametrize("field", OTHERS)
def test_what_is_not_known_is_sent(one: Face, field: str) -> None:
    lead = one.new()
    answer = get(one, lead, field)
    assert answer.status_code == 200 and answer.headers["ETag"] == '"1"'
    assert answer.json() == one.client.http.get(one.lead(lead)).json()


def test_a_change_is_seen_and_no_change_is_not(one: Face) -> None:
    lead = one.new()
    patch(one, lead, {})
    assert get(one, lead, '"1"').status_code == 304
    patch(one, lead, {one.text: "x"})
    answer = get(one, lead, '"1"')
    assert answer.status_code == 200 and answer.headers["ETag"] == '"2"'
    assert get(one, lead, '"2"').status_code == 304


def test_a_change_through_the_other_dialect_is_seen(client: Client) -> None:
    lead = client.new_lead()
    client.patch_leadsail(lead, {"customFields": {"only": "LeadSail shows this"}})
    assert client.expad("GET", f"lead/{lead}", headers={"If-None-Match": '"1"'}).status_code == 200
    assert client.expad("GET", f"lead/{lead}", headers={"If-None-Match": '"2"'}).status_code == 304
    assert client.leadsail("GET", f"leads/{lead}", headers={"If-None-Match": '"2"'}).status_code == 304


def test_head_is_answered_alike(one: Face) -> None:
    lead = one.new()
    assert get(one, lead, '"1"', "HEAD").status_code == 304
    assert get(one, lead, '"2"', "HEAD").status_code == 200


def test_the_connection_is_good_for_the_next_request(one: Face) -> None:
    """A 304 has no body, whatever its headers say."""
    lead = one.new()
    bare = Bare(one.client)
    for _ in range(2):
        bare.head("GET", one.lead(lead), 'If-None-Match: "1"')
        status, headers, body = bare.answer()
        assert (status, headers["etag"], body) == (304, '"1"', b"")
    bare.head("GET", one.lead(lead), 'If-None-Match: "2"')
    status, _, body = bare.answer()
    bare.close()
    assert status == 200 and lead.removeprefix("lead_").encode() in body


def test_an_unknown_lead_is_unknown(one: Face, writer: Client) -> None:
    for field in ('"1"', "*"):
        lines(get(one, NOBODY, field), one.name, 404)
    denied = Face(writer, one.name, one.text, one.long_text)
    lines(get(denied, one.new(), "*"), one.name, 403)


def test_lists_have_no_version(one: Face) -> None:
    one.new()
    for field in ('"1"', "*"):
        answer = one.client.http.get(one.leads, headers={"If-None-Match": field})
        assert answer.status_code == 200 and "ETag" not in answer.headers
