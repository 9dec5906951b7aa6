"""`If-Match`: a write is done only where the lead is still at one of the named versions (semantics section 3)."""

from concurrent.futures import ThreadPoolExecutor

import httpx
import pytest

from lab.server import Client, Leadloop
from tests.support.dialects import JSON, DialectClient, fields, lines
from tests.support.writes import NOBODY, OTHER, at, delete, ok, patch, revert, same, terms

MATCHING = ['"1"', '"7", "1"', '"1","7"', '"a,b",\t"1"', 'W/"1", "1"', '"7", ,"1"', "*"]
"""Of a lead at version 1."""
OTHERS = ['"2"', '"7", "8"', 'W/"1"', 'W/"1", W/"2"', '""', '"01"', '"+1"', '"-1"', '"1.0"', '"1_0"', '"*"', '"a,1"']
OTHERS += [f'"{10**30}"', '"W/1"', '"\xb9"']
MALFORMED = ["1", '"1', '1"', "'1'", '"1" "2"', '*, "1"', '"1", *', "**", 'w/"1"', 'W/ "1"', "W/1", '"1", 2', '"a b"']
MALFORMED += ["", '"1"x', '"a"b"']


def send(api: DialectClient, lead: str, field: str, value: str) -> httpx.Response:
    """With the bytes of `field` as they are."""
    headers = [(b"Content-Type", b"application/json"), (b"If-Match", field.encode("latin-1"))]
    body = f'{{"{api.text}": "{value}"}}'
    return api.client.http.request("PATCH", api.lead(lead), content=body, headers=headers)


def test_a_version_that_matches_is_written(api: DialectClient) -> None:
    lead = api.new()
    assert ok(patch(api, lead, {api.text: "first"}, if_match=1)) == 2
    assert ok(patch(api, lead, {api.text: "second"}, if_match=2)) == 3
    assert api.shown(lead)[api.text] == "second"


@pytest.mark.parametrize("field", MATCHING)
def test_one_matching_tag_of_a_list_is_enough(api: DialectClient, field: str) -> None:
    lead = api.new()
    assert ok(send(api, lead, field, "written")) == 2
    assert api.shown(lead)[api.text] == "written"


def test_a_list_may_come_in_several_fields(api: DialectClient) -> None:
    headers = [("Content-Type", "application/json"), ("If-Match", '"7"'), ("If-Match", '"1"')]
    lead = api.new()
    answer = api.client.http.request("PATCH", api.lead(lead), content=f'{{"{api.text}": "x"}}', headers=headers)
    assert ok(answer) == 2


@pytest.mark.parametrize("field", OTHERS)
def test_another_version_is_refused_and_nothing_is_written(api: DialectClient, field: str) -> None:
    lead = api.new()
    before = api.shown(lead)
    answer = send(api, lead, field, "written")
    lines(answer, api.name, 412)
    assert answer.headers["ETag"] == '"1"'
    assert at(api, lead) == 1 and api.shown(lead) == before


def test_the_412_has_the_current_version(api: DialectClient) -> None:
    lead = api.new()
    for number in range(3):
        patch(api, lead, {api.text: str(number)})
    answer = patch(api, lead, {api.text: "late"}, if_match=1)
    lines(answer, api.name, 412)
    assert answer.headers["ETag"] == '"4"'
    assert ok(patch(api, lead, {api.text: "late"}, if_match=4)) == 5


def test_any_version_will_do_for_an_asterisk(api: DialectClient) -> None:
    lead = api.new()
    patch(api, lead, {api.text: "first"})
    assert ok(patch(api, lead, {api.text: "second"}, if_match="*")) == 3


@pytest.mark.parametrize("field", MALFORMED)
def test_malformed_entity_tags_are_refused(api: DialectClient, field: str) -> None:
    lead = api.new()
    assert fields(send(api, lead, field, "written"), api.name) == ["If-Match"]
    assert at(api, lead) == 1


def test_also_where_there_is_nothing_to_change(api: DialectClient) -> None:
    lead = api.new()
    patch(api, lead, {api.text: "x"})
    for body in ({}, {api.text: "x"}):
        assert ok(patch(api, lead, body, if_match=2)) == 2
        lines(patch(api, lead, body, if_match=1), api.name, 412)


def test_an_unknown_lead_comes_first(api: DialectClient) -> None:
    for lead in (NOBODY, "none"):
        answer = patch(api, lead, {api.text: "x"}, if_match=7)
        lines(answer, api.name, 404)
        assert "ETag" not in answer.headers
        lines(patch(api, lead, {}, if_match="*"), api.name, 404)


def test_another_accounts_lead_is_unknown(api: DialectClient, server: Leadloop) -> None:
    other = server.client()
    lead = other.new_lead()
    answer = patch(api, lead, {api.text: "x"}, if_match=7)
    other.close()
    lines(answer, api.name, 404)
    assert "ETag" not in answer.headers


def test_it_comes_before_the_fields(api: DialectClient) -> None:
    lead = api.new()
    lines(patch(api, lead, {api.text: 1}, if_match=7), api.name, 412)
    assert fields(patch(api, lead, {api.text: 1}, if_match=1), api.name) == [api.text]


def test_a_malformed_one_comes_between_media_type_and_syntax(api: DialectClient) -> None:
    malformed = {**JSON, "If-Match": "1"}
    for lead in (api.new(), NOBODY):
        lines(api.patch(lead, "{", {**malformed, "Content-Type": "text/plain"}), api.name, 415)
        assert fields(api.patch(lead, "{", malformed), api.name) == ["If-Match"]


def test_of_concurrent_writers_of_one_version_one_wins(api: DialectClient) -> None:
    lead = api.new()
    with ThreadPoolExecutor(16) as pool:
        answers = list(pool.map(lambda n: (patch(api, lead, {api.text: f"by {n}"}, if_match=1), n), range(16)))
    won = [n for answer, n in answers if answer.status_code == 200]
    assert [answer.headers["ETag"] for answer, _ in answers] == ['"2"'] * 16
    assert sorted(answer.status_code for answer, _ in answers) == [200] + [412] * 15
    assert api.shown(lead)[api.text] == f"by {won[0]}" and at(api, lead) == 2


def test_counting_by_read_and_write_loses_nothing(api: DialectClient) -> None:
    """The classic: eight writers each add one five times, reading again whenever they were too late."""
    lead, text = api.new(), OTHER[api.name]

    def add_one(_: int) -> None:
        while True:
            read = api.client.http.get(api.lead(lead))
            shown = read.json() if api.name == "expad" else read.json()["data"]
            body = {text: str(int(shown.get(text) or 0) + 1)}
            answer = patch(api, lead, body, if_match=read.headers["ETag"])
            assert answer.status_code in (200, 412)
            if answer.status_code == 200:
                return

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(add_one, range(40)))
    assert api.shown(lead)[text] == "40" and at(api, lead) == 41


def test_deleting(client: Client) -> None:
    lead = client.new_leadsail_lead()
    client.patch_leadsail(lead, {"detail": "x"})
    answer = delete(client, lead, if_match=1)
    lines(answer, "leadsail", 412)
    assert answer.headers["ETag"] == '"2"' and "deletedAt" not in client.get_leadsail(lead)
    assert fields(delete(client, lead, if_match="2"), "leadsail") == ["If-Match"]
    assert "deletedAt" not in client.get_leadsail(lead)
    lines(delete(client, NOBODY, if_match=1), "leadsail", 404)
    assert ok(delete(client, lead, if_match=2)) == 3
    assert "deletedAt" in client.get_leadsail(lead)
    lines(delete(client, lead, if_match=2), "leadsail", 412)
    assert ok(delete(client, lead, if_match="*")) == 3


def test_reverting(client: Client) -> None:
    lead = client.new_leadsail_lead()
    client.patch_leadsail(lead, {"detail": "x"})
    before = client.get_leadsail(lead)
    answer = revert(client, lead, {"version": 1}, if_match=1)
    lines(answer, "leadsail", 412)
    assert answer.headers["ETag"] == '"2"' and same(client.get_leadsail(lead), before)
    assert fields(revert(client, lead, {"version": 1}, if_match='"2'), "leadsail") == ["If-Match"]
    assert ok(revert(client, lead, {"version": 1}, if_match=2)) == 3
    assert "detail" not in client.get_leadsail(lead)


def test_as_problem_json(api: DialectClient) -> None:
    lead = api.new()
    headers = {**terms(if_match=7), "Accept": "application/problem+json"}
    answer = api.patch(lead, "{}", headers)
    assert (answer.status_code, answer.headers["ETag"]) == (412, '"1"')
    assert answer.headers["Content-Type"] == "application/problem+json"
    assert (answer.json()["status"], answer.json()["code"]) == (412, "PRECONDITION_FAILED")
