"""The conditions of a `LeadQuery`, as SQL to be appended to a WHERE, and their values.

Values only ever travel as parameters. The engines differ in how they spell a parameter and a search in JSON.
"""

from collections.abc import Sequence
from typing import Any, NamedTuple

import msgspec

from leadloop.core.ids import first_id
from leadloop.core.ports import LeadQuery, Order, Search

EQUAL = (
    "stage",
    "status",
    "source",
    "type",
    "owner_id",
    "unit_id",
    "department_id",
    "interest_id",
    "email_key",
    "phone_key",
    "external_key",
)
"""Filters that are the name of their column."""

ONE_OF = {"campaign_ids": "campaign_id", "client_ids": "client_id", "offer_ids": "offer_id"}
NEVER = "1 = 0"


class Dialect(NamedTuple):
    """`{}` stands for a parameter (`$3`), `{column}` for a column."""

    mark: str
    one_of: str
    """The parameter is a JSON array of texts."""
    has_tag: str
    """The parameter is the tag's id."""


class Conditions:
    """Collects conditions, the first of their parameters being number `first`."""

    def __init__(self, dialect: Dialect, first: int) -> None:
        self._dialect = dialect
        self._first = first
        self._texts: list[str] = []
        self.values: list[Any] = []

    @property
    def sql(self) -> str:
        return "".join(f" AND {text}" for text in self._texts)

    def add(self, condition: str, *values: Any) -> None:
        """A text with a NUL can not be stored, so nothing equals it; PostgreSQL refuses it even as a parameter."""
        if any(isinstance(value, str) and "\0" in value for value in values):
            self._texts.append(NEVER)
            return
        marks = (f"{self._dialect.mark}{self._first + len(self.values) + n}" for n in range(len(values)))
        self._texts.append(condition.format(*marks))
        self.values += values

    def add_one_of(self, column: str, values: Sequence[str]) -> None:
        possible = [value for value in values if "\0" not in value]
        self.add(self._dialect.one_of.replace("{column}", column), msgspec.json.encode(possible).decode())


def conditions(query: LeadQuery, dialect: Dialect, first: int, *, paged: bool) -> Conditions:
    """All filters of `query`, and where the page starts if `paged`. The account and deletion are left to the SQL."""
    found = Conditions(dialect, first)
    for column in EQUAL:
        if (value := getattr(query, column)) is not None:
            found.add(column + " = {}", value)
    for filter_name, column in ONE_OF.items():
        if values := getattr(query, filter_name):
            found.add_one_of(column, values)
    if query.tag_id is not None:
        found.add(dialect.has_tag, query.tag_id)
    _add_ranges(found, query)
    if query.search is not None:
        _add_search(found, query.search)
    if paged and query.after is not None:
        if query.order is Order.LEAD_DATE:
            found.add("(lead_date_ms, id) < ({}, {})", *query.after)
        else:
            found.add("id < {}", query.after[1])
    return found


def _add_ranges(found: Conditions, query: LeadQuery) -> None:
    """Ids sort by creation, so the primary key finds a range of creation times."""
    if query.lead_date_from_ms is not None:
        found.add("lead_date_ms >= {}", query.lead_date_from_ms)
    if query.lead_date_to_ms is not None:
        found.add("lead_date_ms < {}", query.lead_date_to_ms)
    if query.created_from_ms is not None:
        found.add("id >= {}", first_id(query.created_from_ms))
    if query.created_to_ms is not None:
        found.add("id < {}", first_id(query.created_to_ms))


def _add_search(found: Conditions, search: Search) -> None:
    texts = {"name_key": search.name, "email_key": search.email, "phone_key": search.phone_digits}
    asked = {column: text for column, text in texts.items() if text is not None and "\0" not in text}
    ways = [column + r" LIKE {} ESCAPE '\'" for column in asked]
    values = [f"%{_escaped(text)}%" for text in asked.values()]
    if search.lead_id is not None and "\0" not in search.lead_id:
        ways.append("id = {}")
        values.append(search.lead_id)
    found.add(f"({' OR '.join(ways)})" if ways else NEVER, *values)


def _escaped(text: str) -> str:
    return text.replace("\\", r"\\").replace("%", r"\%").replace("_", r"\_")
