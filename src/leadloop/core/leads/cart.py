"""Totals of a cart. Amounts and money are integers in millionths, so there are no rounding errors."""

from msgspec import structs

from leadloop.core.leads.model import Lead
from leadloop.core.leads.parts import Cart, CartLine

MICROS = 1_000_000
MICROS_MAX = 2**63 - 1


def worth_micros(lead: Lead) -> int | None:
    """The value of a sale to the lead: the sale's own value, else the cart's (expad.md section 2, Insights)."""
    if lead.sale_value_micros is not None or lead.cart is None:
        return lead.sale_value_micros
    return lead.cart.value_micros


def price_cart(cart: Cart, shown: Cart | None) -> Cart:
    """The cart with its totals; `shown` is the cart that the client saw.

    A line without an amount gets the amount 1. A line without a total gets amount × product value; so does a line that
    repeats the shown total although its amount or price changed. Any other total stays as sent. A product without id
    and name gives its line a price and is then dropped. If there are lines, the cart's value is their sum.
    """
    if not cart.lines:
        return cart
    remaining = list(shown.lines) if shown else []
    lines = [_price_line(line, _pop_line(remaining, line)) for line in cart.lines]
    return Cart(lines=lines, value_micros=sum(line.value_micros or 0 for line in lines))


def _pop_line(remaining: list[CartLine], line: CartLine) -> CartLine | None:
    """Removes and returns the first line of the same product."""
    for index, candidate in enumerate(remaining):
        if _product_key(candidate) == _product_key(line):
            return remaining.pop(index)
    return None


def _product_key(line: CartLine) -> str | None:
    return line.product.id or line.product.name if line.product else None


def _amount_and_price(line: CartLine) -> tuple[int | None, int | None]:
    return line.amount_micros, line.product.value_micros if line.product else None


def _price_line(sent: CartLine, shown: CartLine | None) -> CartLine:
    amount = MICROS if sent.amount_micros is None else sent.amount_micros
    line = structs.replace(sent, amount_micros=amount, product=sent.product if _product_key(sent) else None)
    is_stale = (
        shown is not None
        and line.value_micros == shown.value_micros
        and _amount_and_price(line) != _amount_and_price(shown)
    )
    price = sent.product.value_micros if sent.product else None
    if (not is_stale and line.value_micros is not None) or price is None:
        return line
    return structs.replace(line, value_micros=_round(amount * price))


def _round(product: int) -> int:
    """Converts micros² to micros, rounding half to even."""
    quotient, rest = divmod(product, MICROS)
    return quotient + (rest * 2 > MICROS or (rest * 2 == MICROS and quotient % 2 == 1))
