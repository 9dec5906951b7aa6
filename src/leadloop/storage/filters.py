"""The conditions of a `LeadQuery` that compare columns of a lead, and the parameters of a statement.

Values are always passed as parameters. The engines differ in parameter syntax and JSON operators.
"""

from collections.abc import Iterable, Sequence
from typing import Any

import msgspec

from leadloop.core.catalogue.model import OWN
from leadloop.core.catalogue.own import CUSTOM, OwnLeads
from leadloop.core.ids import first_id
from leadloop.core.search.tree import Between
from leadloop.core.store import LeadQuery
from leadloop.storage.criteria import Criterion

KEY_FILTERS = ("email_key", "phone_key", "external_key")
"""Filters by a column of the same name that has its own index."""
EQUAL_FILTERS = (
    *("stage", "status", "source", "type", "owner_id", "unit_id", "department_id", "interest_id"),
    *KEY_FILTERS,
)
"""Filters by a column of the same name."""

LIST_FILTERS = {"campaign_ids": "campaign_id", "client_ids": "client_id", "offer_ids": "offer_id"}
NEVER = "1 = 0"

TimeRange = tuple[int | None, int | None]
"""Half-open, in ms."""
UNBOUNDED: TimeRange = (None, None)


class Parameters:
    """Collects the parameters of a statement; the first is the account."""

    def __init__(self, account_id: str) -> None:
        self.values: list[Any] = [account_id]

    def bind(self, sql: str, *values: Any) -> str:
        """`sql` with a parameter for each `{}`.

        A text with a NUL cannot be stored, so nothing equals it; PostgreSQL rejects it even as a parameter.
        """
        if any(isinstance(value, str) and "\0" in value for value in values):
            return NEVER
        first = len(self.values) + 1
        self.values += values
        return sql.format(*(f"${n}" for n in range(first, len(self.values) + 1)))


def column_conditions(query: LeadQuery, parameters: Parameters, one_of: str, has_tag: str) -> list[str]:
    """The conditions of the filters that compare a column. `one_of` has a placeholder `{column}` and takes a JSON array
    of texts; `has_tag` takes the tag's id."""
    conditions = [
        parameters.bind(column + " = {}", value)
        for column in EQUAL_FILTERS
        if (value := getattr(query, column)) is not None
    ]
    for filter_name, column in LIST_FILTERS.items():
        if values := getattr(query, filter_name):
            conditions.append(parameters.bind(one_of.replace("{column}", column), json_texts(values)))
    for own in OWN.values():
        if (leads := getattr(query, f"own_{own}")) is not None:
            conditions.append(_own_condition(own, leads, parameters, one_of))
    if query.tag_id is not None:
        conditions.append(parameters.bind(has_tag, query.tag_id))
    return conditions


def _own_condition(own: str, leads: OwnLeads, parameters: Parameters, one_of: str) -> str:
    """The condition of `own_source` or `own_type`. Both engines share the syntax for a member of a document."""
    own_id, name = f"(doc ->> 'custom_{own}_id')", f"(doc ->> 'custom_{own}_name')"
    conditions = [parameters.bind(f"{own} = {{}}", leads.word)] if leads.word is not None else []
    if leads.none:
        conditions.append(f"{own} = '{CUSTOM}' AND {own_id} IS NULL AND {name} IS NULL")
    for column, texts, extra in ((own_id, leads.ids, ""), (name, leads.names, f" AND {own_id} IS NULL")):
        if texts:
            condition = parameters.bind(one_of.replace("{column}", column), json_texts(texts))
            conditions.append(f"{own} = '{CUSTOM}' AND {condition}{extra}")
    return f"({' OR '.join(conditions)})" if conditions else NEVER


def json_texts(values: Iterable[str]) -> str:
    return msgspec.json.encode([value for value in values if "\0" not in value]).decode()


def time_range(criteria: Sequence[Criterion], field: str, least: int | None, below: int | None) -> TimeRange:
    """The intersection of all ranges of a time field."""
    ranges = [
        (least, below),
        *((each.least, each.below) for each in criteria if isinstance(each, Between) and each.field == field),
    ]
    leasts, belows = ([bound for bound in bounds if bound is not None] for bounds in zip(*ranges, strict=True))
    return max(leasts, default=None), min(belows, default=None)


def range_conditions(field: str, least: int | None, below: int | None, parameters: Parameters) -> list[str]:
    """The conditions of a time range. Ids sort by creation."""
    column, bound = ("o.lead_id", first_id) if field == "created" else ("o.lead_date_ms", int)
    lower = [parameters.bind(column + " >= {}", bound(least))] if least is not None else []
    return lower if below is None else [*lower, parameters.bind(column + " < {}", bound(below))]


def negatable(condition: str, is_negated: bool) -> str:
    return f"({condition}) IS NOT TRUE" if is_negated else f"({condition})"


def select_from(candidates: str, columns: str, conditions: Sequence[str]) -> str:
    """The candidates that meet all conditions, as rows `o`."""
    where = f" WHERE {' AND '.join(conditions)}" if conditions else ""
    return f"SELECT {columns} FROM ({candidates}) AS o{where}"
