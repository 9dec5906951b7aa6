"""`If-Match`: a write is done only where the lead is still at one of the named versions (semantics section 3)."""

from concurrent.futures import ThreadPoolExecutor

import httpx
import pytest

from lab.server import Client, Leadloop
from tests.support.dialects import JSON, Face, fields, lines
from tests.support.writes import NOBODY, OTHER, at, delete, ok, patch, revert, same, terms

MATCHING = ['"1"', '"7", "1"', '"1","7"', '"a,b",\t"1"', 'W/"1", "1"', '"7", ,"1"', "*"]
"""Of a lead at version 1."""
OTHERS = ['"2"', '"7", "8"', 'W/"1"', 'W/"1", W/"2"', '""', '"01"', '"+1"', '"-1"', '"1.0"', '"1_0"', '"*"', '"a,1"']
OTHERS += [f'"{10**30}"', '"W/1"', '"\xb9"']
MALFORMED = ["1", '"1', '1"', "'1'", '"1" "2"', '*, "1"', '"1", *', "**", 'w/"1"', 'W/ "1"', "W/1", '"1", 2', '"a b"']
MALFORMED += ["", '"1"x', '"a"b"']


def send(one: Face, lead: str, field: str, value: str) -> httpx.Response:
    """With the bytes of `field` as they are."""
    headers = [(b"Content-Type", b"application/json"), (b"If-Match", field.encode("latin-1"))]
    body = f'{{"{one.text}": "{value}"}}'
    return one.client.http.request("PATCH", one.lead(lead), content=body, headers=headers)


def test_a_version_that_matches_is_written(one: Face) -> None:
    lead = one.new()
    assert ok(patch(one, lead, {one.text: "first"}, if_match=1)) == 2
    assert ok(patch(one, lead, {one.text: "second"}, if_match=2)) == 3
    assert one.shown(lead)[one.text] == "second"


@pytest.mark.parametrize("field", MATCHING)
def test_one_of_a_list_is_enough(one: Face, field: str) -> None:
    lead = one.new()
    assert ok(send(one, lead, field, "written")) == 2
    assert one.shown(lead)[one.text] == "written"


def test_a_list_may_come_in_several_fields(one: Face) -> None:
    headers = [("Content-Type", "application/json"), ("If-Match", '"7"'), ("If-Match", '"1"')]
    lead = one.new()
    answer = one.client.http.request("PATCH", one.lead(lead), content=f'{{"{one.text}": "x"}}', headers=headers)
    assert ok(answer) == 2


@pytest.mark.parametrize("field", OTHERS)
def test_another_version_is_refused_and_nothing_is_written(one: Face, field: str) -> None:
    lead = one.new()
    before = one.shown(lead)
    answer = send(one, lead, field, "written")
    lines(answer, one.name, 412)
    assert answer.headers["ETag"] == '"1"'
    assert at(one, lead) == 1 and one.shown(lead) == before


def test_the_refusal_tells_the_present_version(one: Face) -> None:
    lead = one.new()
    for number in range(3):
        patch(one, lead, {one.text: str(number)})
    answer = patch(one, lead, {one.text: "late"}, if_match=1)
    lines(answer, one.name, 412)
    assert answer.headers["ETag"] == '"4"'
    assert ok(patch(one, lead, {one.text: "late"}, if_match=4)) == 5


def test_any_version_will_do_for_an_asterisk(one: Face) -> None:
    lead = one.new()
    patch(one, lead, {one.text: "first"})
    assert ok(patch(one, lead, {one.text: "second"}, if_match="*")) == 3


@pytest.mark.parametrize("field", MALFORMED)
def test_what_is_no_list_of_tags_is_refused_by_name(one: Face, field: str) -> None:
    lead = one.new()
    assert fields(send(one, lead, field, "written"), one.name) == ["If-Match"]
    assert at(one, lead) == 1


def test_also_where_there_is_nothing_to_change(one: Face) -> None:
    lead = one.new()
    patch(one, lead, {one.text: "x"})
    for body in ({}, {one.text: "x"}):
        assert ok(patch(one, lead, body, if_match=2)) == 2
        lines(patch(one, lead, body, if_match=1), one.name, 412)


def test_an_unknown_lead_comes_first(one: Face) -> None:
    for lead in (NOBODY, "none"):
        answer = patch(one, lead, {one.text: "x"}, if_match=7)
        lines(answer, one.name, 404)
        assert "ETag" not in answer.headers
        lines(patch(one, lead, {}, if_match="*"), one.name, 404)


def test_another_accounts_lead_is_unknown(one: Face, server: Leadloop) -> None:
    other = server.client()
    lead = other.new_lead()
    answer = patch(one, lead, {one.text: "x"}, if_match=7)
    other.close()
    lines(answer, one.name, 404)
    assert "ETag" not in answer.headers


def test_it_comes_before_the_fields(one: Face) -> None:
    lead = one.new()
    lines(patch(one, lead, {one.text: 1}, if_match=7), one.name, 412)
    assert fields(patch(one, lead, {one.text: 1}, if_match=1), one.name) == [one.text]


def test_a_malformed_one_comes_between_media_type_and_syntax(one: Face) -> None:
    malformed = {**JSON, "If-Match": "1"}
    for lead in (one.new(), NOBODY):
        lines(one.patch(lead, "{", {**malformed, "Content-Type": "text/plain"}), one.name, 415)
        assert fields(one.patch(lead, "{", malformed), one.name) == ["If-Match"]


def test_of_writers_that_read_the_same_version_one_wins(one: Face) -> None:
    lead = one.new()
    with ThreadPoolExecutor(16) as pool:
        answers = list(pool.map(lambda n: (patch(one, lead, {one.text: f"by {n}"}, if_match=1), n), range(16)))
    won = [n for answer, n in answers if answer.status_code == 200]
    assert [answer.headers["ETag"] for answer, _ in answers] == ['"2"'] * 16
    assert sorted(answer.status_code for answer, _ in answers) == [200] + [412] * 15
    assert one.shown(lead)[one.text] == f"by {won[0]}" and at(one, lead) == 2


def test_counting_by_read_and_write_loses_nothing(one: Face) -> None:
    """The classic: eight writers each add one five times, reading again whenever they were too late."""
    lead, text = one.new(), OTHER[one.name]

    def add_one(_: int) -> None:
        while True:
            read = one.client.http.get(one.lead(lead))
            shown = read.json() if one.name == "expad" else read.json()["data"]
            body = {text: str(int(shown.get(text) or 0) + 1)}
            answer = patch(one, lead, body, if_match=read.headers["ETag"])
            assert answer.status_code in (200, 412)
            if answer.status_code == 200:
                return

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(add_one, range(40)))
    assert one.shown(lead)[text] == "40" and at(one, lead) == 41


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


def test_as_problem_json(one: Face) -> None:
    lead = one.new()
    headers = {**terms(if_match=7), "Accept": "application/problem+json"}
    answer = one.patch(lead, "{}", headers)
    assert (answer.status_code, answer.headers["ETag"]) == (412, '"1"')
    assert answer.headers["Content-Type"] == "application/problem+json"
    assert (answer.json()["status"], answer.json()["code"]) == (412, "PRECONDITION_FAILED")
