"""`Leadloop-Base-Version`: read, change, write back whole, and nobody's change is lost (semantics section 3)."""

from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from lab.server import Client
from tests.support.dialects import JSON, Face, fields, lines
from tests.support.writes import EVERYTHING, NOBODY, OTHER, at, conflict, conflicts, full, ok, patch, refusal, same

UNSET = {"expad": "", "leadsail": None}
"""What a conflict says of a text that is not set."""
KEYED = {"expad": "conversionSteps", "leadsail": "flags"}
MALFORMED = ["0", "-1", "1.0", "1e0", "+1", '"1"', "W/1", "x", "", "1, 1", "1_0", "0x1", "\xb9", "null", "1 1"]


def with_text(one: Face, text: str | None) -> str:
    """A lead whose text is so at version 2."""
    lead = one.new()
    assert ok(patch(one, lead, {one.text: text, OTHER[one.name]: "other"})) == 2
    return lead


def test_a_lead_sent_back_whole_takes_no_change_of_others_back(one: Face) -> None:
    lead, other = full(one), OTHER[one.name]
    read = one.shown(lead)
    assert ok(patch(one, lead, {other: "by somebody else"})) == 3
    assert ok(patch(one, lead, {**read, one.text: "mine"}, base=2)) == 4
    shown = one.shown(lead)
    assert (shown[one.text], shown[other]) == ("mine", "by somebody else")
    changed = {name for name in shown if not same(shown[name], read.get(name))}
    assert changed - {"updatedAt"} == {one.text, other}


def test_without_it_the_same_write_takes_it_back(one: Face) -> None:
    """The control."""
    lead, other = full(one), OTHER[one.name]
    read = one.shown(lead)
    patch(one, lead, {other: "by somebody else"})
    assert ok(patch(one, lead, {**read, one.text: "mine"})) == 4
    assert one.shown(lead)[other] == read[other]


def test_everything_that_somebody_else_changed_stays(one: Face, client: Client) -> None:
    """The same, where the other one has changed all there is, through both dialects."""
    lead = one.new()
    read = one.shown(lead)
    client.patch(lead, EVERYTHING["expad"])
    client.patch_leadsail(lead, {**EVERYTHING["leadsail"], "notes": [{"id": "n1", "text": "Hello"}]})
    before = (client.get(lead), client.get_leadsail(lead), at(one, lead))
    assert ok(patch(one, lead, read, base=1)) == before[2]
    assert (client.get(lead), client.get_leadsail(lead), at(one, lead)) == before


def test_the_same_field_changed_by_both_is_a_conflict(one: Face) -> None:
    lead, other = with_text(one, "at first"), OTHER[one.name]
    patch(one, lead, {one.text: "theirs"})
    before = one.shown(lead)
    answer = patch(one, lead, {one.text: "mine", other: "mine as well"}, base=2)
    assert conflicts(answer, one.name) == {f"/{one.text}": conflict("at first", "theirs", "mine")}
    assert one.shown(lead) == before and at(one, lead) == 3, "nothing is written, the rest neither"


def test_all_conflicts_are_told_at_once(one: Face) -> None:
    lead, other = with_text(one, "at first"), OTHER[one.name]
    patch(one, lead, {one.text: "theirs"})
    patch(one, lead, {other: "theirs too"})
    found = conflicts(patch(one, lead, {one.text: "mine", other: "mine too"}, base=2), one.name)
    assert found == {
        f"/{one.text}": conflict("at first", "theirs", "mine"),
        f"/{other}": conflict("other", "theirs too", "mine too"),
    }


def test_cleared_by_one_and_changed_by_the_other(one: Face) -> None:
    lead, unset = with_text(one, "at first"), UNSET[one.name]
    patch(one, lead, {one.text: None})
    found = conflicts(patch(one, lead, {one.text: "mine"}, base=2), one.name)
    assert found == {f"/{one.text}": conflict("at first", unset, "mine")}
    lead = with_text(one, "at first")
    patch(one, lead, {one.text: "theirs"})
    found = conflicts(patch(one, lead, {one.text: None}, base=2), one.name)
    assert found == {f"/{one.text}": conflict("at first", "theirs", None)}


def test_set_by_both_where_nothing_was(one: Face) -> None:
    lead, unset = with_text(one, None), UNSET[one.name]
    patch(one, lead, {one.text: "theirs"})
    found = conflicts(patch(one, lead, {one.text: "mine"}, base=2), one.name)
    assert found == {f"/{one.text}": conflict(unset, "theirs", "mine")}


def test_changed_by_both_to_the_same_is_none(one: Face) -> None:
    for sent in ("both", None):
        lead = with_text(one, "at first")
        patch(one, lead, {one.text: sent})
        assert ok(patch(one, lead, {one.text: sent}, base=2)) == 3
        assert ok(patch(one, lead, {one.text: sent, OTHER[one.name]: "mine"}, base=2)) == 4


def test_a_retry_changes_nothing(one: Face) -> None:
    lead = with_text(one, "at first")
    for _ in range(3):
        assert ok(patch(one, lead, {one.text: "mine", OTHER[one.name]: "other"}, base=2)) == 3


def test_changed_and_changed_back_is_none(one: Face) -> None:
    lead = with_text(one, "at first")
    for text in ("theirs", "at first"):
        patch(one, lead, {one.text: text})
    assert ok(patch(one, lead, {one.text: "mine"}, base=2)) == 5
    assert one.shown(lead)[one.text] == "mine"


def test_what_is_sent_as_it_was_read_is_not_sent(one: Face) -> None:
    for then in ("theirs", None):
        lead = with_text(one, "at first")
        patch(one, lead, {one.text: then})
        assert ok(patch(one, lead, {one.text: "at first"}, base=2)) == 3
        assert one.shown(lead).get(one.text) == (then if then else UNSET[one.name])


def test_what_is_not_sent_conflicts_with_nothing(one: Face) -> None:
    lead = with_text(one, "at first")
    patch(one, lead, {one.text: "theirs"})
    assert ok(patch(one, lead, {OTHER[one.name]: "mine"}, base=2)) == 4
    assert ok(patch(one, lead, {}, base=1)) == 4


def test_at_the_present_version_it_is_an_ordinary_patch(one: Face) -> None:
    lead = with_text(one, "at first")
    assert ok(patch(one, lead, {one.text: "mine"}, base=2)) == 3
    assert ok(patch(one, lead, {one.text: "mine"}, base=3)) == 3


@pytest.mark.parametrize("base", MALFORMED)
def test_what_is_no_version_is_refused_by_name(one: Face, base: str) -> None:
    lead = one.new()
    headers = [(b"Content-Type", b"application/json"), (b"Leadloop-Base-Version", base.encode("latin-1"))]
    for target in (lead, NOBODY):
        answer = one.client.http.request("PATCH", one.lead(target), content=f'{{"{one.text}": "x"}}', headers=headers)
        assert fields(answer, one.name) == ["Leadloop-Base-Version"]
    assert at(one, lead) == 1


@pytest.mark.parametrize("base", [3, 2**31, 2**63, 10**30])
def test_what_the_lead_has_not_reached_is_refused_by_name(one: Face, base: int) -> None:
    lead = with_text(one, "at first")
    for body in ({one.text: "mine"}, {}):
        assert fields(patch(one, lead, body, base=base), one.name) == ["Leadloop-Base-Version"]
    assert at(one, lead) == 2


def test_that_is_known_only_when_the_lead_is(one: Face) -> None:
    lead, base = with_text(one, "at first"), 3
    lines(patch(one, NOBODY, {one.text: "mine"}, base=base), one.name, 404)
    lines(patch(one, lead, {one.text: "mine"}, base=base, if_match=1), one.name, 412)
    assert at(one, lead) == 2


def test_a_precondition_is_judged_first(one: Face) -> None:
    lead = with_text(one, "at first")
    patch(one, lead, {one.text: "theirs"})
    body = {one.text: "mine"}
    lines(patch(one, lead, body, base=2, if_match=2), one.name, 412)
    assert conflicts(patch(one, lead, body, base=2, if_match=3), one.name)
    assert conflicts(patch(one, lead, body, base=2, if_match="*"), one.name)
    assert ok(patch(one, lead, {OTHER[one.name]: "mine"}, base=2, if_match=3)) == 4


def test_fields_that_can_not_be_taken_come_before_conflicts(one: Face) -> None:
    lead, other = with_text(one, "at first"), OTHER[one.name]
    patch(one, lead, {one.text: "theirs"})
    assert fields(patch(one, lead, {one.text: "mine", other: 1}, base=2), one.name) == [other]
    assert fields(patch(one, lead, {one.text: 1}, base=2), one.name) == [one.text]


def test_a_malformed_one_comes_before_syntax(one: Face) -> None:
    assert fields(one.patch(one.new(), "{", {**JSON, "Leadloop-Base-Version": "0"}), one.name) == [
        "Leadloop-Base-Version"
    ]


def test_who_may_not_read_is_told_where_and_not_what(one: Face, writer: Client) -> None:
    lead = with_text(one, "secret at first")
    patch(one, lead, {one.text: "secret now"})
    answer = patch(Face(writer, *one[1:]), lead, {one.text: "mine"}, base=2)
    assert refusal(answer, one.name, 409, "conflicts") == [{"field": f"/{one.text}"}]
    assert "secret" not in answer.text


def write_whole(one: Face, lead: str, read: dict[str, Any], number: int) -> int:
    """As a client does that knows of nothing but the whole lead: it adds one key of its own."""
    name = KEYED[one.name]
    return patch(one, lead, {**read, name: {**read[name], f"k{number}": True}}, base=2).status_code


def test_writers_of_whole_leads_lose_nothing_of_each_other(one: Face) -> None:
    lead = full(one)
    read = one.shown(lead)
    with ThreadPoolExecutor(16) as pool:
        assert list(pool.map(lambda n: write_whole(one, lead, read, n), range(32))) == [200] * 32
    shown = one.shown(lead)[KEYED[one.name]]
    assert {f"k{number}" for number in range(32)} <= shown.keys() and at(one, lead) == 34


def test_of_writers_of_one_field_one_wins(one: Face) -> None:
    lead = with_text(one, "at first")
    with ThreadPoolExecutor(16) as pool:
        answers = list(pool.map(lambda n: patch(one, lead, {one.text: f"by {n}"}, base=2), range(16)))
    won = [n for n, answer in enumerate(answers) if answer.status_code == 200]
    assert len(won) == 1 and one.shown(lead)[one.text] == f"by {won[0]}" and at(one, lead) == 3
    for n, answer in enumerate(answers):
        if n not in won:
            found = conflicts(answer, one.name)
            assert found == {f"/{one.text}": conflict("at first", f"by {won[0]}", f"by {n}")}
