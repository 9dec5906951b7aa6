"""Saved views: list, create, change and delete, for the API, the pages and the commands.

Whoever acts is the actor of `stamp`; `may_share` says whether that caller has the scope `account:manage`. Each function
that changes something records an audit entry.
"""

from collections.abc import Mapping
from typing import Any

from msgspec import structs

from leadloop.core.errors import InvalidFields, Problem
from leadloop.core.ids import ID, Stamp, new_id
from leadloop.core.people.actors import USER
from leadloop.core.people.audit import record
from leadloop.core.saved_views import form
from leadloop.core.saved_views.errors import SavedViewNotFound, SharingDenied
from leadloop.core.saved_views.model import VIEW_LIMIT, SavedView
from leadloop.core.sorts import NEWEST_FIRST
from leadloop.core.store import Store
from leadloop.core.writes.idempotency import AnswerKey


async def visible_to(store: Store, account_id: str, actor: str) -> list[SavedView]:
    """All views that the actor sees, oldest first: at most twice `VIEW_LIMIT`."""
    return await store.saved_views.visible_to(account_id, actor, "", 2 * VIEW_LIMIT)


async def find(store: Store, account_id: str, view_id: str, actor: str) -> SavedView:
    """`view_id` may be any text. Raises `SavedViewNotFound`, also for another person's view."""
    view = await store.saved_views.get(account_id, view_id) if ID.fullmatch(view_id) else None
    if view is None or not view.is_visible_to(actor):
        raise SavedViewNotFound
    return view


async def create(
    store: Store,
    stamp: Stamp,
    account_id: str,
    body: Mapping[str, Any],
    *,
    may_share: bool,
    answer_key: AnswerKey | None = None,
) -> SavedView:
    """Raises `InvalidFields`, `SharingDenied`, `SavedViewExists`, `SavedViewsFull`; with `answer_key` `AnsweredBefore`,
    `KeyReused`."""
    members = form.read_new(body, stamp.at_ms)
    view = structs.replace(_blank(account_id, stamp), **members)
    _check_owner(view, stamp.actor)
    _check_sharing(view, may_share=may_share)
    await store.saved_views.add(view, VIEW_LIMIT, answer_key)
    await record(store, stamp, account_id, "view.created", view.id)
    return view


async def change(
    store: Store, stamp: Stamp, account_id: str, view_id: str, body: Mapping[str, Any], *, may_share: bool
) -> SavedView:
    """Absent members of `body` stay unchanged. Raises `SavedViewNotFound` and what `create` does."""
    view = await find(store, account_id, view_id, stamp.actor)
    _check_sharing(view, may_share=may_share)
    members = form.read_change(view, body, stamp.at_ms)

    def apply(stored: SavedView) -> SavedView:
        changed = structs.replace(stored, **members)
        if not stored.is_visible_to(stamp.actor):
            raise SavedViewNotFound
        _check_sharing(stored, may_share=may_share)
        _check_sharing(changed, may_share=may_share)
        _check_owner(changed, stamp.actor)
        return changed

    changed = await store.saved_views.change(account_id, view.id, apply, VIEW_LIMIT) if members else view
    if changed is None:
        raise SavedViewNotFound
    if changed != view:
        await record(store, stamp, account_id, "view.changed", view.id)
    return changed


async def delete(store: Store, stamp: Stamp, account_id: str, view_id: str, *, may_share: bool) -> None:
    """Raises `SavedViewNotFound`, `SharingDenied`."""
    view = await find(store, account_id, view_id, stamp.actor)
    _check_sharing(view, may_share=may_share)
    if not await store.saved_views.delete(account_id, view.id):
        raise SavedViewNotFound
    await record(store, stamp, account_id, "view.deleted", view.id)


def _check_sharing(view: SavedView, *, may_share: bool) -> None:
    if view.is_shared and not may_share:
        raise SharingDenied


def _check_owner(view: SavedView, actor: str) -> None:
    """A view that is not shared belongs to the person who acts."""
    if view.is_shared:
        return
    if not actor.startswith(f"{USER}:"):
        raise InvalidFields([Problem("only_shared_views", "/shared")])
    if view.owner != actor:
        raise InvalidFields([Problem("unshared_by_owner", "/shared")])


def _blank(account_id: str, stamp: Stamp) -> SavedView:
    """A private view of all leads, without a name yet."""
    return SavedView(
        account_id=account_id,
        id=new_id(stamp.at_ms),
        owner=stamp.actor,
        is_shared=False,
        name="",
        search="",
        sort=NEWEST_FIRST,
        columns=(),
        created_at_ms=stamp.at_ms,
    )
