"""Checks that saved views belong to somebody and can be used."""

from typing import NamedTuple

from leadloop.core.people.actors import USER
from leadloop.core.saved_views.form import SOMEBODY
from leadloop.core.saved_views.model import SavedView
from leadloop.core.search.errors import SearchError
from leadloop.core.search.read import read
from leadloop.core.store import Store


class SavedViewFindings(NamedTuple):
    views: int
    problems: list[str]


async def check_saved_views(store: Store, now_ms: int) -> SavedViewFindings:
    """A view of somebody who is deleted meanwhile may be reported wrongly."""
    views = await store.saved_views.all()
    accounts = {account.id for account in await store.accounts.all()}
    members = {(account_id, f"{USER}:{person_id}") for account_id, person_id in await store.memberships.pairs()}
    problems = []
    for view in views:
        if view.account_id not in accounts:
            problems.append(f"the view {view.id} is of {view.account_id}, which is no account")
        elif not view.is_shared and (view.account_id, view.owner) not in members:
            problems.append(f"nobody sees the view {view.id} of account {view.account_id}: {view.owner} is no member")
        elif problem := _unreadable(view, now_ms):
            problems.append(f"the search of the view {view.id} of account {view.account_id} cannot be read: {problem}")
    return SavedViewFindings(len(views), problems)


def _unreadable(view: SavedView, now_ms: int) -> str | None:
    try:
        read(view.search, now_ms=now_ms, me=SOMEBODY)
    except SearchError as error:
        return f"at character {error.at + 1}: {error.problem.text}"
    return None
