"""The search fields that change often (`HOT`) and the value: each is a row of its own, so that a change does not
rewrite the full text."""

from collections.abc import Callable

from leadloop.core.leads.matching import Country
from leadloop.core.leads.model import Lead
from leadloop.core.search import fields
from leadloop.core.search.searchable import exact
from leadloop.derived.projection import Projection

HOT = ("stage", "status", "source", "type")
VALUE = "value"

TermRow = tuple[str, str, str, int, str]
"""Account, field, folded value, date and id of the lead: the order of the lists."""


def _hot(field: str) -> Callable[[Lead, Country], list[TermRow]]:
    def rows(lead: Lead, _: Country) -> list[TermRow]:
        return [(lead.account_id, field, text, lead.lead_date_ms, lead.id) for text in exact(lead, field)]

    return rows


def _value(lead: Lead, _: Country) -> list[TermRow]:
    value = fields.MEASURES[VALUE](lead)
    return [] if value is None else [(lead.account_id, VALUE, as_term(value), lead.lead_date_ms, lead.id)]


_PARTS = {**{field: _hot(field) for field in HOT}, VALUE: _value}
TERMS: Projection[TermRow] = Projection("terms", _PARTS, has_deleted=False)


def as_term(value_micros: int) -> str:
    """The value as a text that sorts like the number."""
    return f"{value_micros + 2**63:020d}"
