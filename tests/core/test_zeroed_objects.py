"""Objects with nothing but zeros, as typed clients send them: sending one twice changes the lead at most once."""

from collections.abc import Iterator
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from leadloop.api.zero_values import is_zero
from tests.core.histories import HISTORIES, History
from tests.core.test_patch_is_idempotent import check, settled
from tests.support.examples import examples
from tests.support.strategies import EXPAD, LEADSAIL, Body, bodies

LISTS = {"notes", "questionnaire", "tags", "repostedTo"}
"""Of LeadSail: all else merges there, or is one value with rules of its own."""


def zeroed(value: Any) -> Any:
    if isinstance(value, dict):
        return {name: zeroed(member) for name, member in value.items()}
    if isinstance(value, list):
        return [zeroed(item) if isinstance(item, dict) else item for item in value]
    return None if value is None else type(value)()


def objects(value: Any, place: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """Where there are objects, and texts that are items of a list."""
    members = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, member in members:
        if isinstance(member, dict) or isinstance(value, list):
            yield (*place, key)
        yield from objects(member, (*place, key))


def replaced(value: Any, places: set[tuple[Any, ...]], place: tuple[Any, ...] = ()) -> Any:
    """A copy with the members at `places` set to zero."""
    if place in places:
        return zeroed(value)
    if isinstance(value, dict):
        return {key: replaced(member, places, (*place, key)) for key, member in value.items()}
    if isinstance(value, list):
        return [replaced(item, places, (*place, index)) for index, item in enumerate(value)]
    return value


def some_zeroed(body: Body, data: st.DataObject, within: set[str]) -> Body:
    places = [place for place in objects(body) if place[0] in within and (len(place) > 1 or place[0] not in LISTS)]
    chosen = data.draw(st.sets(st.sampled_from(places))) if places else set()
    return dict(replaced(body, chosen))


@examples(80)
@given(history=HISTORIES, body=bodies(EXPAD, identified=True), data=st.data())
def test_an_expad_patch_with_zeroed_objects(history: History, body: Body, data: st.DataObject) -> None:
    check(history, "expad", settled(some_zeroed(body, data, set(EXPAD))))


@examples(80)
@given(history=HISTORIES, body=bodies(LEADSAIL, identified=True), data=st.data())
def test_a_leadsail_patch_with_zeroed_items(history: History, body: Body, data: st.DataObject) -> None:
    zeros = {name: some_zeroed({name: value}, data, LISTS)[name] for name, value in body.items()}
    for name in LISTS & zeros.keys():
        items = [item for item in zeros[name] or () if is_zero(item) or item in body[name]]
        zeros[name] = items if zeros[name] is not None else None
    check(history, "leadsail", zeros)


@given(st.recursive(st.sampled_from(["", 0, False, None, 0.0]), lambda inner: st.dictionaries(st.text(), inner)))
def test_what_is_zero(value: Any) -> None:
    assert is_zero(value) and is_zero({"a": value}) and is_zero([{"a": value}, {}])


@given(st.sampled_from([" ", "0", 1, -1, True, [0], [""], [None], [[]]]))
def test_what_is_not(value: Any) -> None:
    assert not is_zero(value) and not is_zero({"a": {"b": value, "c": 0}}) and not is_zero([{"a": value}, {}])
