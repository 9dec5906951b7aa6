"""A patch sent twice does what it does once: a plain retry is harmless (semantics section 2).

Only what is appended without an id, which is documented, and a cart line's total are left out: a total that equals
the one shown is computed anew when amount or price change, and after that it no longer equals the one shown.
"""

from typing import Any

from hypothesis import given

from tests.core.desk import DIALECTS, EXPAD_DIALECT, LEADSAIL_DIALECT, Desk
from tests.core.histories import HISTORIES, History, told
from tests.support.strategies import EXPAD, LEADSAIL, Body, bodies, examples


def without_line_totals(value: Any) -> Any:
    """The body without the totals of its cart lines."""
    cart = value.get("leadCart")
    if not cart or not cart.get("leadProducts"):
        return value
    lines = [{name: member for name, member in line.items() if name != "value"} for line in cart["leadProducts"]]
    return {**value, "leadCart": {**cart, "leadProducts": lines}}


def check(history: History, dialect: str, body: Body) -> None:
    desk = told(history)
    desk.patch(DIALECTS[dialect], body)
    once = desk.doc
    again = desk.patch(DIALECTS[dialect], body)
    assert again.change is None, again.change and again.change.fields
    assert desk.doc == once


@examples(150)
@given(history=HISTORIES, body=bodies(EXPAD, identified=True).map(without_line_totals))
def test_an_expad_patch_sent_twice(history: History, body: Body) -> None:
    check(history, "expad", body)


@examples(150)
@given(history=HISTORIES, body=bodies(LEADSAIL, identified=True))
def test_a_leadsail_patch_sent_twice(history: History, body: Body) -> None:
    check(history, "leadsail", body)


def test_what_has_no_id_is_appended_each_time() -> None:
    desk = Desk()
    desk.create(EXPAD_DIALECT, {"name": "Ana"})
    for dialect, body in (
        (LEADSAIL_DIALECT, {"notes": [{"text": "called"}]}),
        (EXPAD_DIALECT, {"activities": [{"kind": "CALL"}]}),
        (EXPAD_DIALECT, {"lastMessage": {"content": "hello"}}),
    ):
        assert all(desk.patch(dialect, body).change for _ in range(2)), body
