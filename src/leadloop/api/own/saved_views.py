"""Saved views: `/api/v1/views` (docs/dashboard.md)."""

from leadloop.api.call import Answer, Call, Route, Takes
from leadloop.api.envelope import success
from leadloop.api.own.lists import PAGE_PARAMETERS, page, read_id_cursor, read_limit
from leadloop.api.own.once import CREATED, create_once
from leadloop.core.saved_views import form, use_cases
from leadloop.core.saved_views.model import SavedView
from leadloop.core.writes.idempotency import AnswerKey

SCOPE, SHARE = "leads:read", "account:manage"
"""All views that an API key makes, changes and deletes are shared: it is no person who could have views of its own."""


def routes() -> list[Route]:
    views, view = "/api/v1/views", "/api/v1/views/{view_id}"
    return [
        Route("GET", views, SCOPE, list_views, query=PAGE_PARAMETERS),
        Route("POST", views, SCOPE, create, Takes.NEW, also=SHARE),
        Route("PATCH", view, SCOPE, update, Takes.OBJECT, also=SHARE),
        Route("DELETE", view, SCOPE, delete, also=SHARE),
    ]


async def list_views(call: Call) -> Answer:
    """Oldest first."""
    limit, after, account_id = read_limit(call), read_id_cursor(call), call.caller.account_id
    views = await call.store.saved_views.visible_to(account_id, call.stamp.actor, after, limit + 1)
    return page("views", views, limit, form.show, lambda view: view.id)


async def create(call: Call) -> Answer:
    account_id = call.caller.account_id

    async def create(key: AnswerKey | None) -> Answer:
        view = await use_cases.create(call.store, call.stamp, account_id, call.body, may_share=True, answer_key=key)
        return _answer(view, CREATED)

    async def replay(view_id: str) -> Answer:
        return _answer(await use_cases.find(call.store, account_id, view_id, call.stamp.actor), CREATED)

    return await create_once(call, create, replay)


async def update(call: Call) -> Answer:
    account_id, view_id = call.caller.account_id, _view_id(call)
    return _answer(await use_cases.change(call.store, call.stamp, account_id, view_id, call.body, may_share=True))


async def delete(call: Call) -> Answer:
    await use_cases.delete(call.store, call.stamp, call.caller.account_id, _view_id(call), may_share=True)
    return success(None)


def _answer(view: SavedView, status: int = 200) -> Answer:
    return success(form.show(view), status=status)


def _view_id(call: Call) -> str:
    view_id: str = call.request.path_params["view_id"]
    return view_id
