"""The state of the list of leads, which is wholly in its address: a link shows the same to everybody who may see it."""

import re
from collections.abc import Sequence
from typing import Any, NamedTuple, Self
from urllib.parse import quote, urlencode

from msgspec import Struct, structs
from starlette.datastructures import QueryParams

from leadloop.api.request import Request
from leadloop.core.days import zone_of
from leadloop.core.ids import ID
from leadloop.core.leads.model import Lead
from leadloop.core.leads.phones import possible_regions
from leadloop.core.search.read import read
from leadloop.core.search.tree import Query
from leadloop.core.sorts import SORTS, order_of
from leadloop.core.store import LeadQuery
from leadloop.web.visit import Visit

SORT = "-date"
COLUMNS = (
    *("phone", "stage", "source", "owner", "next", "tags", "value", "arrived"),
    *("unit", "department", "interest", "product", "campaign", "status", "created", "updated"),
)
"""All that can be chosen; the name is always shown, and first."""
DEFAULT_COLUMNS = COLUMNS[:8]
NO_COLUMNS = "none"
DENSITIES = ("comfortable", "dense")
DENSITY = DENSITIES[0]
LONGEST_DIGITS = 15

_CURSOR = re.compile(rf"([ab])(-?[0-9]{{1,{LONGEST_DIGITS}}})-([0-9a-f]{{24}})")


class ListCursor(NamedTuple):
    """A place in the list: the leads after this one, or before it, in the order of the list."""

    is_before: bool
    lead_date_ms: int
    lead_id: str

    @classmethod
    def at(cls, lead: Lead, *, is_before: bool = False) -> Self:
        return cls(is_before, lead.lead_date_ms, lead.id)

    @property
    def after(self) -> tuple[int, str]:
        """As `LeadQuery.after`."""
        return self.lead_date_ms, self.lead_id

    def text(self) -> str:
        return f"{'b' if self.is_before else 'a'}{self.lead_date_ms}-{self.lead_id}"

    @classmethod
    def read(cls, text: str) -> Self | None:
        """`None` for a text that is no cursor: it stands for the beginning of the list."""
        match = _CURSOR.fullmatch(text)
        return None if match is None else cls(match[1] == "b", int(match[2]), match[3])


class ListState(Struct, frozen=True, kw_only=True):
    """What the page of leads shows. Whatever an address says is read as something: unknown columns are left out, an
    unknown sort is the usual one. Only a query can be wrong, and `lead_query` says so.
    """

    q: str = ""
    sort: str = SORT
    columns: tuple[str, ...] = DEFAULT_COLUMNS
    density: str = DENSITY
    cursor: str = ""
    """`ListCursor.text`; empty for the beginning."""
    view: str = ""
    """The id of the saved view whose tab is marked."""

    @classmethod
    def of(cls, request: Request) -> Self:
        return cls.read(request.query_params)

    @classmethod
    def read(cls, values: QueryParams) -> Self:
        sort, density, cursor, view = (values.get(name) or "" for name in ("sort", "density", "cursor", "view"))
        return cls(
            q=(values.get("q") or "").strip(),
            sort=sort if sort in SORTS else SORT,
            columns=columns_of(values.getlist("columns")),
            density=density if density in DENSITIES else DENSITY,
            cursor=cursor if ListCursor.read(cursor) else "",
            view=view if ID.fullmatch(view) else "",
        )

    def changed(self, **changes: Any) -> Self:
        """Another query, sort or view begins at the beginning."""
        begins = not {"q", "sort", "view"}.isdisjoint(changes)
        return structs.replace(self, **({"cursor": ""} if begins else {}) | changes)

    def text(self, **changes: Any) -> str:
        """As the query of an address: what is as usual is left out."""
        state = self.changed(**changes)
        fields = {
            "q": state.q,
            "sort": "" if state.sort == SORT else state.sort,
            "columns": "" if state.columns == DEFAULT_COLUMNS else ",".join(state.columns) or NO_COLUMNS,
            "density": "" if state.density == DENSITY else state.density,
            "cursor": state.cursor,
            "view": state.view,
        }
        return urlencode({name: value for name, value in fields.items() if value}, safe=":,", quote_via=quote)

    def address(self, account_id: str, **changes: Any) -> str:
        """The address of the page, with what is changed in it."""
        text = self.text(**changes)
        return f"/app/{account_id}/leads" + (f"?{text}" if text else "")

    @property
    def place(self) -> ListCursor | None:
        return ListCursor.read(self.cursor)


def columns_of(values: Sequence[str]) -> tuple[str, ...]:
    """Those of one value with commas, or of the boxes of a form; the usual ones if nothing is said."""
    names = [name for value in values for name in value.split(",")]
    columns = tuple(dict.fromkeys(name for name in names if name in COLUMNS))
    return columns if columns or NO_COLUMNS in names else DEFAULT_COLUMNS


def moved_up(state: ListState, column: str) -> ListState:
    """With this column one place further to the front."""
    columns = list(state.columns)
    if column in columns[1:]:
        at = columns.index(column)
        columns[at - 1 : at + 1] = columns[at], columns[at - 1]
    return state.changed(columns=tuple(columns))


async def read_query(visit: Visit, text: str) -> Query | None:
    """The query in the account's days and phones; `None` for an empty one. Raises `SearchError`."""
    if not text:
        return None
    account = visit.account
    return read(
        text,
        now_ms=visit.now_ms,
        zone=zone_of(account.time_zone),
        regions=possible_regions(account.country),
        is_renewing=account.is_renewing,
        me=(await visit.visibility()).users,
    )


async def lead_query(visit: Visit, state: ListState, *, limit: int, after: tuple[int, str] | None = None) -> LeadQuery:
    """The query of the list in its order, from the beginning or `after` a lead. Raises `SearchError`."""
    return LeadQuery(
        account_id=visit.account.id,
        **order_of(state.sort),
        limit=limit,
        after=after,
        search=await read_query(visit, state.q),
    )
