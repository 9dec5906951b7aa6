"""`Leadloop-Base-Version`: read, change, write back whole, and nobody's change is lost (semantics section 3)."""

from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from lab.server import Client
from tests.support.dialects import JSON, DialectClient, fields, lines
from tests.support.writes import EVERYTHING, NOBODY, OTHER, at, conflict, conflicts, full, ok, patch, refusal, same

UNSET = {"expad": "", "leadsail": None}
"""The value of an unset text in a conflict."""
KEYED = {"expad": "conversionSteps", "leadsail": "flags"}
MALFORMED = ["0", "-1", "1.0", "1e0", "+1", '"1"', "W/1", "x", "", "1, 1", "1_0", "0x1", "\xb9", "null", "1 1"]


def with_text(api: DialectClient, text: str | None) -> str:
    """A lead at version 2 with this text."""
    lead = api.new()
    assert ok(patch(api, lead, {api.text: text, OTHER[api.name]: "other"})) == 2
    return lead


def test_a_lead_sent_back_whole_takes_no_change_of_others_back(api: DialectClient) -> None:
    lead, other = full(api), OTHER[api.name]
    read = api.shown(lead)
    assert ok(patch(api, lead, {other: "by somebody else"})) == 3
    assert ok(patch(api, lead, {**read, api.text: "mine"}, base=2)) == 4
    shown = api.shown(lead)
    assert (shown[api.text], shown[other]) == ("mine", "by somebody else")
    changed = {name for name in shown if not same(shown[name], read.get(name))}
    assert changed - {"updatedAt"} == {api.text, other}


def test_without_a_base_version_the_same_write_overwrites(api: DialectClient) -> None:
    """The control: without a base version the change is lost."""
    lead, other = full(api), OTHER[api.name]
    read = api.shown(lead)
    patch(api, lead, {other: "by somebody else"})
    assert ok(patch(api, lead, {**read, api.text: "mine"})) == 4
    assert api.shown(lead)[other] == read[other]


def test_everything_that_somebody_else_changed_stays(api: DialectClient, client: Client) -> None:
    """The same after somebody else has changed every field through both dialects."""
    lead = api.new()
    read = api.shown(lead)
    client.patch(lead, EVERYTHING["expad"])
    client.patch_leadsail(lead, {**EVERYTHING["leadsail"], "notes": [{"id": "n1", "text": "Hello"}]})
    before = (client.get(lead), client.get_leadsail(lead), at(api, lead))
    assert ok(patch(api, lead, read, base=1)) == before[2]
    assert (client.get(lead), client.get_leadsail(lead), at(api, lead)) == before


def test_the_same_field_changed_by_both_is_a_conflict(api: DialectClient) -> None:
    lead, other = with_text(api, "at first"), OTHER[api.name]
    patch(api, lead, {api.text: "theirs"})
    before = api.shown(lead)
    answer = patch(api, lead, {api.text: "mine", other: "mine as well"}, base=2)
    assert conflicts(answer, api.name) == {f"/{api.text}": conflict("at first", "theirs", "mine")}
    assert api.shown(lead) == before and at(api, lead) == 3, "nothing is written, the rest neither"


def test_all_conflicts_are_reported_at_once(api: DialectClient) -> None:
    lead, other = with_text(api, "at first"), OTHER[api.name]
    patch(api, lead, {api.text: "theirs"})
    patch(api, lead, {other: "theirs too"})
    by_field = conflicts(patch(api, lead, {api.text: "mine", other: "mine too"}, base=2), api.name)
    assert by_field == {
        f"/{api.text}": conflict("at first", "theirs", "mine"),
        f"/{other}": conflict("other", "theirs too", "mine too"),
    }


def test_cleared_by_one_and_changed_by_the_other(api: DialectClient) -> None:
    lead, unset = with_text(api, "at first"), UNSET[api.name]
    patch(api, lead, {api.text: None})
    by_field = conflicts(patch(api, lead, {api.text: "mine"}, base=2), api.name)
    assert by_field == {f"/{api.text}": conflict("at first", unset, "mine")}
    lead = with_text(api, "at first")
    patch(api, lead, {api.text: "theirs"})
    by_field = conflicts(patch(api, lead, {api.text: None}, base=2), api.name)
    assert by_field == {f"/{api.text}": conflict("at first", "theirs", None)}


def test_set_by_both_where_nothing_was(api: DialectClient) -> None:
    lead, unset = with_text(api, None), UNSET[api.name]
    patch(api, lead, {api.text: "theirs"})
    by_field = conflicts(patch(api, lead, {api.text: "mine"}, base=2), api.name)
    assert by_field == {f"/{api.text}": conflict(unset, "theirs", "mine")}


def test_changed_by_both_to_the_same_is_none(api: DialectClient) -> None:
    for sent in ("both", None):
        lead = with_text(api, "at first")
        patch(api, lead, {api.text: sent})
        assert ok(patch(api, lead, {api.text: sent}, base=2)) == 3
        assert ok(patch(api, lead, {api.text: sent, OTHER[api.name]: "mine"}, base=2)) == 4


def test_a_retry_changes_nothing(api: DialectClient) -> None:
    lead = with_text(api, "at first")
    for _ in range(3):
        assert ok(patch(api, lead, {api.text: "mine", OTHER[api.name]: "other"}, base=2)) == 3


def test_changed_and_changed_back_is_none(api: DialectClient) -> None:
    lead = with_text(api, "at first")
    for text in ("theirs", "at first"):
        patch(api, lead, {api.text: text})
    assert ok(patch(api, lead, {api.text: "mine"}, base=2)) == 5
    assert api.shown(lead)[api.text] == "mine"


def test_unchanged_fields_of_the_body_count_as_absent(api: DialectClient) -> None:
    for then in ("theirs", None):
        lead = with_text(api, "at first")
        patch(api, lead, {api.text: then})
        assert ok(patch(api, lead, {api.text: "at first"}, base=2)) == 3
        assert api.shown(lead).get(api.text) == (then if then else UNSET[api.name])


def test_absent_fields_never_conflict(api: DialectClient) -> None:
    lead = with_text(api, "at first")
    patch(api, lead, {api.text: "theirs"})
    assert ok(patch(api, lead, {OTHER[api.name]: "mine"}, base=2)) == 4
    assert ok(patch(api, lead, {}, base=1)) == 4


def test_at_the_current_version_it_is_an_ordinary_patch(api: DialectClient) -> None:
    lead = with_text(api, "at first")
    assert ok(patch(api, lead, {api.text: "mine"}, base=2)) == 3
    assert ok(patch(api, lead, {api.text: "mine"}, base=3)) == 3


@pytest.mark.parametrize("base", MALFORMED)
def test_malformed_versions_are_refused(api: DialectClient, base: str) -> None:
    lead = api.new()
    headers = [(b"Content-Type", b"application/json"), (b"Leadloop-Base-Version", base.encode("latin-1"))]
    for target in (lead, NOBODY):
        answer = api.client.http.request("PATCH", api.lead(target), content=f'{{"{api.text}": "x"}}', headers=headers)
        assert fields(answer, api.name) == ["Leadloop-Base-Version"]
    assert at(api, lead) == 1


@pytest.mark.parametrize("base", [3, 2**31, 2**63, 10**30])
def test_future_versions_are_refused(api: DialectClient, base: int) -> None:
    lead = with_text(api, "at first")
    for body in ({api.text: "mine"}, {}):
        assert fields(patch(api, lead, body, base=base), api.name) == ["Leadloop-Base-Version"]
    assert at(api, lead) == 2


def test_that_is_known_only_when_the_lead_is(api: DialectClient) -> None:
    lead, base = with_text(api, "at first"), 3
    lines(patch(api, NOBODY, {api.text: "mine"}, base=base), api.name, 404)
    lines(patch(api, lead, {api.text: "mine"}, base=base, if_match=1), api.name, 412)
    assert at(api, lead) == 2


def test_a_precondition_is_judged_first(api: DialectClient) -> None:
    lead = with_text(api, "at first")
    patch(api, lead, {api.text: "theirs"})
    body = {api.text: "mine"}
    lines(patch(api, lead, body, base=2, if_match=2), api.name, 412)
    assert conflicts(patch(api, lead, body, base=2, if_match=3), api.name)
    assert conflicts(patch(api, lead, body, base=2, if_match="*"), api.name)
    assert ok(patch(api, lead, {OTHER[api.name]: "mine"}, base=2, if_match=3)) == 4


def test_fields_that_cannot_be_taken_come_before_conflicts(api: DialectClient) -> None:
    lead, other = with_text(api, "at first"), OTHER[api.name]
    patch(api, lead, {api.text: "theirs"})
    assert fields(patch(api, lead, {api.text: "mine", other: 1}, base=2), api.name) == [other]
    assert fields(patch(api, lead, {api.text: 1}, base=2), api.name) == [api.text]


def test_a_malformed_one_comes_before_syntax(api: DialectClient) -> None:
    assert fields(api.patch(api.new(), "{", {**JSON, "Leadloop-Base-Version": "0"}), api.name) == [
        "Leadloop-Base-Version"
    ]


def test_a_write_only_key_sees_the_fields_and_not_the_values_of_conflicts(api: DialectClient, writer: Client) -> None:
    lead = with_text(api, "secret at first")
    patch(api, lead, {api.text: "secret now"})
    answer = patch(DialectClient(writer, *api[1:]), lead, {api.text: "mine"}, base=2)
    assert refusal(answer, api.name, 409, "conflicts") == [{"field": f"/{api.text}"}]
    assert "secret" not in answer.text


def write_whole(api: DialectClient, lead: str, read: dict[str, Any], number: int) -> int:
    """Each client reads the whole lead, adds one key of its own, and writes the lead back."""
    name = KEYED[api.name]
    return patch(api, lead, {**read, name: {**read[name], f"k{number}": True}}, base=2).status_code


def test_writers_of_whole_leads_lose_nothing_of_each_other(api: DialectClient) -> None:
    lead = full(api)
    read = api.shown(lead)
    with ThreadPoolExecutor(16) as pool:
        assert list(pool.map(lambda n: write_whole(api, lead, read, n), range(32))) == [200] * 32
    shown = api.shown(lead)[KEYED[api.name]]
    assert {f"k{number}" for number in range(32)} <= shown.keys() and at(api, lead) == 34


def test_of_concurrent_writers_of_one_field_one_wins(api: DialectClient) -> None:
    lead = with_text(api, "at first")
    with ThreadPoolExecutor(16) as pool:
        answers = list(pool.map(lambda n: patch(api, lead, {api.text: f"by {n}"}, base=2), range(16)))
    won = [n for n, answer in enumerate(answers) if answer.status_code == 200]
    assert len(won) == 1 and api.shown(lead)[api.text] == f"by {won[0]}" and at(api, lead) == 3
    for n, answer in enumerate(answers):
        if n not in won:
            by_field = conflicts(answer, api.name)
            assert by_field == {f"/{api.text}": conflict("at first", f"by {won[0]}", f"by {n}")}
