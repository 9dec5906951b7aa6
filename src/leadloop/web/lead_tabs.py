"""The tabs above the list of leads: all leads, searches that every account has, and saved views."""

import asyncio
from collections.abc import Sequence
from contextlib import suppress

from msgspec import Struct, structs

from leadloop.core.errors import Unavailable
from leadloop.core.reading import lists
from leadloop.core.saved_views import use_cases
from leadloop.core.saved_views.model import SavedView
from leadloop.core.search.errors import SearchError
from leadloop.web.navigation import N_
from leadloop.web.queries import DEFAULT_COLUMNS, NO_COLUMNS, ListState, columns_of, lead_query
from leadloop.web.visit import Visit

SHARE = "account:manage"
ALL, UNOWNED, MINE = N_("All"), N_("Without salesperson"), N_("Mine, open")
BUILT_IN = {ALL: "", MINE: "user:me -stage:COMPLETE,LOST", UNOWNED: "-has:user"}
"""Title → search."""
COUNTED = 20
"""How many tabs have a count, from the first on."""
COUNT_S, COUNTING_S = 1.0, 3.0
"""How long a page waits for one count and for all of them. A count that takes longer is not shown."""


class Tab(Struct, frozen=True, kw_only=True):
    title: str
    state: ListState
    """What the tab shows."""
    is_current: bool
    view: SavedView | None = None
    """`None` for a tab that every account has."""
    count: lists.Count | None = None


class TabBar(Struct, frozen=True):
    tabs: Sequence[Tab]
    view: SavedView | None
    """The saved view of the current tab."""
    is_changed: bool
    """Whether the page shows something else than that view."""
    may_change: bool
    """Whether the visitor may change that view."""


async def load_bar(visit: Visit, state: ListState) -> TabBar:
    """Without counts."""
    views = await use_cases.visible_to(visit.store, visit.account.id, visit.stamp.actor)
    view = next((view for view in views if view.id == state.view), None)
    has_leads = bool((await visit.visibility()).users)
    usual = [
        Tab(title=title, state=_begin(state, search), is_current=view is None and search == state.q)
        for title, search in BUILT_IN.items()
        if title != MINE or has_leads
    ]
    saved = [
        Tab(title=each.name, state=state_of(each, state), is_current=each is view, view=each)
        for each in sorted(views, key=lambda view: not view.is_shared)
    ]
    is_changed = view is not None and state_of(view, state) != structs.replace(state, cursor="")
    return TabBar([*usual, *saved], view, is_changed, may_change=view is not None and may_change(visit, view))


async def count_tabs(visit: Visit, bar: TabBar) -> TabBar:
    """The first tabs with their counts, one after another: each may read thousands of index entries."""
    tabs = list(bar.tabs)
    with suppress(TimeoutError):
        async with asyncio.timeout(COUNTING_S):
            for index, tab in enumerate(tabs[:COUNTED]):
                tabs[index] = structs.replace(tab, count=await _count(visit, tab.state))
    return structs.replace(bar, tabs=tabs)


async def _count(visit: Visit, state: ListState) -> lists.Count | None:
    """`None` if the search cannot be read, as `user:me` for somebody who is no salesperson, or cannot be counted."""
    with suppress(SearchError, Unavailable, TimeoutError):
        async with asyncio.timeout(COUNT_S):
            query = await lead_query(visit, state, limit=1)
            return await lists.quick_count(visit.store, query, await visit.visibility())
    return None


def may_change(visit: Visit, view: SavedView) -> bool:
    return visit.visitor.may(SHARE) if view.is_shared else view.owner == visit.stamp.actor


def state_of(view: SavedView, state: ListState) -> ListState:
    """What a view shows, as close together as `state`."""
    return structs.replace(_begin(state, view.search), sort=view.sort, columns=columns_of(view.columns), view=view.id)


def members_of(state: ListState) -> dict[str, object]:
    """Of the body that saves what the page shows."""
    columns = [] if state.columns == DEFAULT_COLUMNS else list(state.columns) or [NO_COLUMNS]
    return {"search": state.q, "sort": state.sort, "columns": columns}


def _begin(state: ListState, search: str) -> ListState:
    """The beginning of another search in the same sort, with the same columns."""
    return structs.replace(state, q=search, cursor="", view="")
