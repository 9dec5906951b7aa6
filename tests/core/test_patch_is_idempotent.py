"""Sending a patch twice has the effect of sending it once: a plain retry is harmless (semantics section 2).

Documented exceptions are items that are appended without an id, and two fields that depend on the previous state: a
cart line's total that equals the shown one is computed again when amount or price change, and then differs from the
shown one; a source that is sent with new ids is compared with the one that the previous ids indicate.
"""

from hypothesis import given

from tests.core.desk import DIALECTS, EXPAD_DIALECT, LEADSAIL_DIALECT, Desk
from tests.core.histories import HISTORIES, TELL_THE_SOURCE, History, desk_with
from tests.support.examples import examples
from tests.support.strategies import EXPAD, LEADSAIL, Body, bodies


def settled(body: Body) -> Body:
    """The body without totals of cart lines, and without a source if it has ids that indicate one."""
    cart = body.get("leadCart")
    if cart and cart.get("leadProducts"):
        lines = [{name: member for name, member in line.items() if name != "value"} for line in cart["leadProducts"]]
        body = {**body, "leadCart": {**cart, "leadProducts": lines}}
    if TELL_THE_SOURCE & body.keys():
        body = {name: value for name, value in body.items() if name != "source"}
    return body


def check(history: History, dialect: str, body: Body) -> None:
    desk = desk_with(history)
    desk.patch(DIALECTS[dialect], body)
    once = desk.doc
    again = desk.patch(DIALECTS[dialect], body)
    assert again.change is None, again.change
    assert desk.doc == once


@examples(80)
@given(history=HISTORIES, body=bodies(EXPAD, identified=True).map(settled))
def test_an_expad_patch_sent_twice(history: History, body: Body) -> None:
    check(history, "expad", body)


@examples(80)
@given(history=HISTORIES, body=bodies(LEADSAIL, identified=True))
def test_a_leadsail_patch_sent_twice(history: History, body: Body) -> None:
    check(history, "leadsail", body)


def test_an_item_that_a_body_names_twice() -> None:
    """Only its first mention is compared with what is shown: the second changes what the first wrote."""
    for dialect, body, last in (
        ("expad", {"tags": [{"id": "b", "color": None}, {"id": "b", "color": "red"}]}, "red"),
        ("expad", {"tags": [{"id": "b", "color": "red"}, {"id": "b", "color": None}]}, None),
        ("expad", {"activities": [{"id": "a", "kind": "CALL"}, {"id": "a", "kind": "VISIT"}]}, "VISIT"),
        ("expad", {"fields": [{"id": "f", "value": "1"}, {"id": "f", "value": "2"}]}, "2"),
        ("leadsail", {"notes": [{"id": "n", "text": "1"}, {"id": "n", "text": "2"}]}, "2"),
    ):
        desk = Desk()
        desk.create(EXPAD_DIALECT, {"name": "Ana"})
        changes = [desk.patch(DIALECTS[dialect], body).change for _ in range(3)]
        assert changes[0] and changes[1:] == [None, None], body
        lead = desk.present
        items: list[object] = [*lead.tags, *lead.activities, *lead.answers, *lead.notes]
        (item,) = items
        values = [getattr(item, name) for name in ("color", "kind", "value", "text") if hasattr(item, name)]
        assert values == [last], body


def test_what_has_no_id_is_appended_each_time() -> None:
    desk = Desk()
    desk.create(EXPAD_DIALECT, {"name": "Ana"})
    for dialect, body in (
        (LEADSAIL_DIALECT, {"notes": [{"text": "called"}]}),
        (EXPAD_DIALECT, {"activities": [{"kind": "CALL"}]}),
        (EXPAD_DIALECT, {"lastMessage": {"content": "hello"}}),
    ):
        assert all(desk.patch(dialect, body).change for _ in range(2)), body
