"""The conditions of a `LeadQuery` that compare columns of a lead, and the parameters of a statement.

Values only ever travel as parameters. The engines differ in how they spell a parameter and a search in JSON.
"""

from collections.abc import Iterable
from typing import Any

import msgspec

from leadloop.core.catalogue.model import OWN
from leadloop.core.catalogue.own import CUSTOM, OwnLeads
from leadloop.core.store import LeadQuery

BY_KEY = ("email_key", "phone_key", "external_key")
"""Filters that are the name of their column, and have an index of their own."""
EQUAL = (
    *("stage", "status", "source", "type", "owner_id", "unit_id", "department_id", "interest_id"),
    *BY_KEY,
)
"""Filters that are the name of their column."""

ONE_OF = {"campaign_ids": "campaign_id", "client_ids": "client_id", "offer_ids": "offer_id"}
NEVER = "1 = 0"


class Parameters:
    """Collects the values of a statement, the account being the first of them."""

    def __init__(self, account_id: str) -> None:
        self.values: list[Any] = [account_id]

    def put(self, sql: str, *values: Any) -> str:
        """`sql` with a parameter for each `{}`.

        A text with a NUL can not be stored, so nothing equals it; PostgreSQL refuses it even as a parameter.
        """
        if any(isinstance(value, str) and "\0" in value for value in values):
            return NEVER
        first = len(self.values) + 1
        self.values += values
        return sql.format(*(f"${n}" for n in range(first, len(self.values) + 1)))


def exactly(query: LeadQuery, parameters: Parameters, one_of: str, has_tag: str) -> list[str]:
    """The filters that compare a column. `one_of` has `{column}` for it, and a JSON array of texts as its parameter;
    the parameter of `has_tag` is the tag's id."""
    found = [
        parameters.put(column + " = {}", value) for column in EQUAL if (value := getattr(query, column)) is not None
    ]
    for filter_name, column in ONE_OF.items():
        if values := getattr(query, filter_name):
            found.append(parameters.put(one_of.replace("{column}", column), json_texts(values)))
    for own in OWN.values():
        if (leads := getattr(query, f"own_{own}")) is not None:
            found.append(_of_own(own, leads, parameters, one_of))
    if query.tag_id is not None:
        found.append(parameters.put(has_tag, query.tag_id))
    return found


def _of_own(own: str, leads: OwnLeads, parameters: Parameters, one_of: str) -> str:
    """The condition of `own_source` or `own_type`: both engines spell a member of a document alike."""
    own_id, name = f"(doc ->> 'custom_{own}_id')", f"(doc ->> 'custom_{own}_name')"
    found = [parameters.put(f"{own} = {{}}", leads.word)] if leads.word is not None else []
    if leads.none:
        found.append(f"{own} = '{CUSTOM}' AND {own_id} IS NULL AND {name} IS NULL")
    for column, texts, more in ((own_id, leads.ids, ""), (name, leads.names, f" AND {own_id} IS NULL")):
        if texts:
            condition = parameters.put(one_of.replace("{column}", column), json_texts(texts))
            found.append(f"{own} = '{CUSTOM}' AND {condition}{more}")
    return f"({' OR '.join(found)})" if found else NEVER


def json_texts(values: Iterable[str]) -> str:
    return msgspec.json.encode([value for value in values if "\0" not in value]).decode()
