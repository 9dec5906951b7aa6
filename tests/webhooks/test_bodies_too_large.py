"""A body over 900 KB is sent with its longest texts empty, and lists them."""

from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec import structs

from leadloop.core.changes import Change
from leadloop.core.leads.model import Lead
from leadloop.core.leads.parts import FormAnswer, Note
from leadloop.webhooks.bodies import BODY_LIMIT_BYTES, render
from tests.support.examples import examples
from tests.webhooks.samples import SHAPES, as_of, before, desk

FIRST = before(desk(), 2)
"""The lead before the change of `large`."""
PLACES: dict[str, str] = {"standard": "/data/lead", "leadsail": "/data", "expad": ""}


def large(**members: Any) -> tuple[Lead, Change]:
    """No store accepts such a lead: a stored one is smaller than the limit."""
    lead, change = as_of(desk(), 2)
    return structs.replace(lead, **members), change


def decode_body(shape: str, raw: bytes) -> tuple[dict[str, Any], list[str]]:
    decoded = msgspec.json.decode(raw)
    return decoded, (decoded["data"] if shape == "standard" else decoded).get("truncatedFields", [])


def at(decoded: Any, field: str) -> Any:
    for part in field.split("/")[1:]:
        decoded = decoded[int(part)] if isinstance(decoded, list) else decoded[part]
    return decoded


@pytest.mark.parametrize("shape", SHAPES)
def test_the_longest_texts_go_first_and_no_more_than_needed(shape: str) -> None:
    answers = [FormAnswer(key=f"k{i}", label=f"q{i}", value="x" * size) for i, size in enumerate((500_000, 450_000, 9))]
    decoded, named = decode_body(shape, render(SHAPES[shape], *large(answers=answers), before=FIRST))
    member = "/fields/0/value" if shape == "expad" else f"{PLACES[shape]}/questionnaire/0/answer"
    assert named == [member]
    assert at(decoded, member) == "" and len(at(decoded, member.replace("/0/", "/1/"))) == 450_000


@pytest.mark.parametrize("shape", SHAPES)
def test_a_body_that_fits_is_unchanged(shape: str) -> None:
    lead, change = large(notes=[Note(id="n", text="x" * size) for size in (100, 90)], address_text="y" * 101)
    whole = render(SHAPES[shape], lead, change, before=FIRST)
    assert render(SHAPES[shape], lead, change, len(whole), before=FIRST) == whole
    decoded, named = decode_body(shape, render(SHAPES[shape], lead, change, len(whole) - 1, before=FIRST))
    assert len(named) == 1 and at(decoded, named[0]) == ""


@examples(60)
@given(
    shape=st.sampled_from(list(SHAPES)),
    sizes=st.lists(st.integers(0, 400), min_size=1, max_size=8),
    letters=st.sampled_from(["x", "é", '"', "😀"]),
    limit=st.integers(3_500, 8_000),
)
def test_a_body_ends_below_the_limit_and_lists_what_is_empty(
    shape: str, sizes: list[int], letters: str, limit: int
) -> None:
    answers = [FormAnswer(key=f"k/{i}~", label="q", value=letters * size) for i, size in enumerate(sizes)]
    notes = [Note(id=f"n{i}", text=letters * size, created_at_ms=1) for i, size in enumerate(sizes)]
    lead, change = large(answers=answers, notes=notes, custom_fields={"a/b": {"c~": letters * 700}})
    whole = render(SHAPES[shape], lead, change, before=FIRST)
    raw = render(SHAPES[shape], lead, change, limit, before=FIRST)
    decoded, named = decode_body(shape, raw)
    assert raw == render(SHAPES[shape], lead, change, limit, before=FIRST)
    assert len(raw) <= limit or len(whole) <= limit
    assert bool(named) is (len(whole) > limit)
    head = {name: value for name, value in decoded.items() if name not in ("data", "truncatedFields")}
    assert shape == "expad" or head.items() <= msgspec.json.decode(whole).items()


@pytest.mark.parametrize("shape", SHAPES)
def test_event_members_and_short_texts_are_never_emptied(shape: str) -> None:
    lead, change = large(answers=[FormAnswer(key="k", value="x" * 100)], name="Ana", email="a" * 64)
    decoded, named = decode_body(shape, render(SHAPES[shape], lead, change, 1, before=FIRST))
    whole = msgspec.json.decode(render(SHAPES[shape], lead, change, before=FIRST))
    beside = whole["data"] if shape == "standard" else whole
    answer = beside["fields"][0] if shape == "expad" else at(whole, PLACES[shape])["questionnaire"][0]
    answer["value" if shape == "expad" else "answer"] = ""
    beside["truncatedFields"] = named
    assert len(named) == 1 and decoded == whole


@pytest.mark.parametrize("shape", SHAPES)
def test_no_stored_lead_reaches_the_limit(shape: str) -> None:
    """256 KiB of quotation marks, which JSON writes with two bytes each, once more in JSON for Expad's answers."""
    answers = [FormAnswer(key=f"k{i}", value='"' * 60_000) for i in range(2)]
    assert len(render(SHAPES[shape], *large(answers=answers), before=FIRST)) < BODY_LIMIT_BYTES / 2
