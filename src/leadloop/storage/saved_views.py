"""Saved views: `core.saved_views.store.SavedViewStore`."""

from collections.abc import Callable

import msgspec

from leadloop.core.errors import AccountNotFound
from leadloop.core.leads.normalize import name_key
from leadloop.core.saved_views.errors import SavedViewExists, SavedViewsFull
from leadloop.core.saved_views.model import SavedView
from leadloop.core.writes.idempotency import AnswerKey
from leadloop.storage import stored_answers
from leadloop.storage.accounts import lock_account
from leadloop.storage.nouns import Noun, ScriptRunner, reads, writes
from leadloop.storage.rows import DatabaseRow, Row
from leadloop.storage.scripts import Script, Statement
from leadloop.storage.sql import statements

SQL = statements(__file__)

_COLUMNS = msgspec.json.Decoder(tuple[str, ...]).decode


class SavedViews(Noun[ScriptRunner]):
    """The account's row is the lock of its views: their number and names are checked under it."""

    @writes
    def add(self, view: SavedView, most: int, answer_key: AnswerKey | None = None) -> Script[None]:
        yield from _lock(view.account_id)
        if (yield from _read(view.account_id, view.id)) is not None:  # an earlier attempt has stored it
            return
        yield from stored_answers.store(view.account_id, answer_key, view.id)
        yield from _check_number(view, most)
        if not (yield Statement(SQL["insert_view"], _row(view))):
            raise SavedViewExists

    @reads
    def get(self, account_id: str, view_id: str) -> Script[SavedView | None]:
        return (yield from _read(account_id, view_id))

    @reads
    def visible_to(self, account_id: str, actor: str, after: str, limit: int) -> Script[list[SavedView]]:
        records = yield Statement(SQL["list_visible"], (account_id, actor, after, limit))
        return list(map(_view, records))

    @reads
    def all(self) -> Script[list[SavedView]]:
        return list(map(_view, (yield Statement(SQL["list_all"], ()))))

    @writes
    def change(
        self, account_id: str, view_id: str, change: Callable[[SavedView], SavedView], most: int
    ) -> Script[SavedView | None]:
        yield from _lock(account_id)
        view = yield from _read(account_id, view_id)
        if view is None:
            return None
        changed = change(view)
        if changed.holder != view.holder:
            yield from _check_number(changed, most)
        if (yield Statement(SQL["find_namesake"], (account_id, changed.holder, _key(changed), view_id))):
            raise SavedViewExists
        if changed != view:
            yield Statement(SQL["update_view"], (account_id, view_id, changed.holder, *_changes(changed)))
        return changed

    @writes
    def delete(self, account_id: str, view_id: str) -> Script[bool]:
        return bool((yield Statement(SQL["delete_view"], (account_id, view_id))))


def _lock(account_id: str) -> Script[None]:
    if (yield from lock_account(account_id)) is None:
        raise AccountNotFound


def _read(account_id: str, view_id: str) -> Script[SavedView | None]:
    records = yield Statement(SQL["get_view"], (account_id, view_id))
    return _view(records[0]) if records else None


def _check_number(view: SavedView, most: int) -> Script[None]:
    ((number,),) = yield Statement(SQL["count_views"], (view.account_id, view.holder))
    if number >= most:
        raise SavedViewsFull(most)


def _view(row: DatabaseRow) -> SavedView:
    account_id, view_id, holder, owner, name, search, sort, columns, created_at_ms = row
    return SavedView(
        account_id=account_id,
        id=view_id,
        owner=owner,
        is_shared=not holder,
        name=name,
        search=search,
        sort=sort,
        columns=_COLUMNS(columns),
        created_at_ms=created_at_ms,
    )


def _row(view: SavedView) -> Row:
    return view.account_id, view.id, view.holder, view.owner, *_changes(view), view.created_at_ms


def _changes(view: SavedView) -> Row:
    """The columns of a view that can change, except the holder."""
    columns = msgspec.json.encode(view.columns).decode()
    return view.name, _key(view), view.search, view.sort, columns


def _key(view: SavedView) -> str:
    return name_key(view.name) or view.name
