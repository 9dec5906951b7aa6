"""What the lines of a cart add up to. Amounts and money are integers of millionths, so nothing drifts."""

from msgspec import structs

from leadloop.core.leads.model import Lead
from leadloop.core.leads.parts import Cart, CartLine

MICROS = 1_000_000
MICROS_MAX = 2**63 - 1


def worth_micros(lead: Lead) -> int | None:
    """What a sale to the lead is worth: the sale's own value, else the cart's (expad.md section 2, Insights)."""
    if lead.sale_value_micros is not None or lead.cart is None:
        return lead.sale_value_micros
    return lead.cart.value_micros


def priced(cart: Cart, shown: Cart | None) -> Cart:
    """The cart with its totals.

    A line without an amount is of one. A line without a total gets amount × product value; so does one that repeats
    the total shown until now although its amount or price changed. Any other total is kept as sent. A product without
    id and name gives its line a price, and is then left out. With lines, the cart's value is their sum.
    """
    if not cart.lines:
        return cart
    known = list(shown.lines) if shown else []
    lines = [_priced_line(line, _take(known, line)) for line in cart.lines]
    return Cart(lines=lines, value_micros=sum(line.value_micros or 0 for line in lines))


def _take(known: list[CartLine], line: CartLine) -> CartLine | None:
    """The shown line of the same product, each only once."""
    for index, candidate in enumerate(known):
        if _product_key(candidate) == _product_key(line):
            return known.pop(index)
    return None


def _product_key(line: CartLine) -> str | None:
    return line.product.id or line.product.name if line.product else None


def _terms(line: CartLine) -> tuple[int | None, int | None]:
    return line.amount_micros, line.product.value_micros if line.product else None


def _priced_line(sent: CartLine, shown: CartLine | None) -> CartLine:
    amount = MICROS if sent.amount_micros is None else sent.amount_micros
    line = structs.replace(sent, amount_micros=amount, product=sent.product if _product_key(sent) else None)
    stale = shown is not None and line.value_micros == shown.value_micros and _terms(line) != _terms(shown)
    price = sent.product.value_micros if sent.product else None
    if (not stale and line.value_micros is not None) or price is None:
        return line
    return structs.replace(line, value_micros=_rounded(amount * price))


def _rounded(product: int) -> int:
    """Micros² to micros, half to even."""
    quotient, rest = divmod(product, MICROS)
    return quotient + (rest * 2 > MICROS or (rest * 2 == MICROS and quotient % 2 == 1))
