"""The facts that a lead adds to the Insights, and the changes that can affect them."""

from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from leadloop.core.leads.model import Lead, blank_lead
from leadloop.core.leads.parts import Cart, CartLine, Product, User
from leadloop.derived.facts import FACTS, Fact, Traits, facts, identity
from leadloop.derived.projection import touched_parts
from tests.core.desk import DIALECTS
from tests.core.histories import FIRST, STEPS, Step, desk_with
from tests.support.examples import examples


def lead(**fields: Any) -> Lead:
    return msgspec.structs.replace(blank_lead("a" * 24, "b" * 24, 0), **fields)


def test_a_lead_is_one_fact_and_a_sale_has_one_more_for_each_product() -> None:
    lines = [
        CartLine(product=Product(id="p1", name="Casa"), amount_micros=1, value_micros=2),
        CartLine(product=Product(value_micros=1), amount_micros=3),
        CartLine(amount_micros=4),
        CartLine(product=Product(name="Carro")),
    ]
    cart = Cart(lines=lines, value_micros=9)
    [plain] = facts(lead(cart=cart))
    assert plain == Fact('["lead","NEW","API","UNSPECIFIED","NONE",null,null,null,null,null,null]')
    sale, house, car = facts(lead(cart=cart, stage="COMPLETE"))
    assert sale == Fact(plain.traits.replace("NEW", "COMPLETE"), None, 9)
    assert house == Fact('["product","p1","Casa","API",null,null]', 1, 2)
    assert car == Fact('["product",null,"Carro","API",null,null]')


def test_only_a_sale_says_its_currency_and_one_without_is_stored_as_before() -> None:
    cart = Cart(lines=[CartLine(product=Product(id="p1"), value_micros=2)], value_micros=2)
    assert facts(lead(cart=cart, currency="USD")) == facts(lead(cart=cart))
    sale, product = facts(lead(cart=cart, stage="COMPLETE", currency="USD"))
    plain_sale, plain_product = facts(lead(cart=cart, stage="COMPLETE"))
    assert sale.traits == plain_sale.traits.removesuffix("]") + ',"USD"]'
    assert product.traits == plain_product.traits.removesuffix("]") + ',"USD"]'
    decode = msgspec.json.Decoder(Traits).decode
    for fact, currency in ((sale, "USD"), (product, "USD"), (plain_sale, None), (plain_product, None)):
        assert decode(fact.traits).currency == currency


def test_a_deleted_lead_adds_nothing() -> None:
    assert facts(lead(stage="COMPLETE", deleted_at_ms=1)) == []


@pytest.mark.parametrize(
    ("user", "known_by"),
    [
        (User(id="a", user_id="b", email="C@x", name="d"), ("id", "a")),
        (User(user_id="b", email="C@x", name="d"), ("user_id", "b")),
        (User(email="C@x", name="d"), ("email", "C@x")),
        (User(email="n/a", name="d"), ("name", "d")),
        (User(email="n/a", phone="1"), (None, None)),
        (User(name="d", phone="1", is_real=True), ("name", "d")),
        (User(phone="1", is_real=True), (None, None)),
        (None, (None, None)),
    ],
)
def test_what_a_user_is_known_by(user: User | None, known_by: Any) -> None:
    assert identity(user) == known_by


@examples(100)
@given(first=FIRST, steps=st.lists(STEPS, min_size=1, max_size=6))
def test_a_change_that_touches_no_fact_makes_no_difference(first: Step, steps: list[Step]) -> None:
    desk = desk_with((first, []))
    for kind, body in steps:
        before = desk.present
        written = desk.delete() if kind == "delete" else desk.patch(DIALECTS[kind], body)
        if written.change is None or FACTS.name not in touched_parts(written.change.fields):
            assert (desk.present.lead_date_ms, facts(desk.present)) == (before.lead_date_ms, facts(before))


def test_an_everyday_change_touches_no_fact() -> None:
    desk = desk_with((("expad", {"name": "Ana"}), []))
    for body in ({"note": "called"}, {"email": "a@x.test"}, {"tags": [{"name": "vip"}]}, {"fields": [{"id": "a"}]}):
        change = desk.patch(DIALECTS["expad"], body).change
        assert change is not None and FACTS.name not in touched_parts(change.fields)
