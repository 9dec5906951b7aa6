"""Saved views: their tabs with counts, saving what the list shows, renaming, changing and deleting a view."""

from starlette.datastructures import QueryParams
from starlette.responses import Response

from leadloop.core.errors import Refusal
from leadloop.core.people import actors
from leadloop.core.saved_views import use_cases
from leadloop.core.saved_views.errors import SharingDenied
from leadloop.core.saved_views.model import SavedView
from leadloop.web import labels
from leadloop.web.form_view import FormView, filled, refused
from leadloop.web.lead_tabs import SHARE, count_tabs, load_bar, may_change, members_of, state_of
from leadloop.web.queries import ListState
from leadloop.web.render import page, redirect
from leadloop.web.search_view import search_view
from leadloop.web.visit import Visit


async def show_counts(visit: Visit) -> Response:
    """The tabs of a page of leads with their counts."""
    state = ListState.of(visit.request)
    bar = await count_tabs(visit, await load_bar(visit, state))
    return page(visit, "leads/_tabs.html", bar=bar, state=state, has_counts=True)


async def new_view(visit: Visit) -> Response:
    return await _new(visit, ListState.of(visit.request), FormView())


async def create_view(visit: Visit) -> Response:
    state = _sent_state(visit)
    try:
        view = await use_cases.create(
            visit.store,
            visit.stamp,
            visit.account.id,
            {"name": visit.form.text("name"), "shared": visit.form.has("shared"), **members_of(state)},
            may_share=visit.visitor.may(SHARE),
        )
    except Refusal as error:
        return await _new(visit, state, refused(visit, error), 422)
    _ = visit.gettext
    visit.toast(_("Saved."))
    return redirect(state_of(view, state).address(visit.account.id))


async def show_view(visit: Visit) -> Response:
    view = await _view(visit)
    values = {"name": view.name, "shared": "on" if view.is_shared else None}
    return await _show(visit, view, ListState.of(visit.request), filled(values))


async def change_view(visit: Visit) -> Response:
    """Its name, and whether it is shared."""
    view, state = await _view(visit), _sent_state(visit)
    body: dict[str, object] = {"name": visit.form.text("name")}
    if _may_share(visit, view):
        body["shared"] = visit.form.has("shared")
    try:
        view = await _change(visit, view, body)
    except Refusal as error:
        return await _show(visit, view, state, refused(visit, error), 422)
    return _saved(visit, view, state)


async def change_search(visit: Visit) -> Response:
    """To what the list shows."""
    view, state = await _view(visit), _sent_state(visit)
    try:
        view = await _change(visit, view, members_of(state))
    except Refusal as error:
        return await _show(visit, view, state, refused(visit, error), 422)
    return _saved(visit, view, state)


async def delete_view(visit: Visit) -> Response:
    view = await _view(visit)
    may_share = visit.visitor.may(SHARE)
    await use_cases.delete(visit.store, visit.stamp, visit.account.id, view.id, may_share=may_share)
    _ = visit.gettext
    visit.toast(_("The view is deleted."))
    return redirect(f"/app/{visit.account.id}/leads")


def _saved(visit: Visit, view: SavedView, state: ListState) -> Response:
    _ = visit.gettext
    visit.toast(_("Saved."))
    return redirect(state_of(view, state).address(visit.account.id))


async def _new(visit: Visit, state: ListState, view: FormView, status: int = 200) -> Response:
    return page(
        visit,
        "views/new.html",
        status,
        state=state,
        search=await search_view(visit, state),
        view=view,
        may_share=visit.visitor.may(SHARE),
        column_names=labels.column_names(visit.visitor.language),
    )


async def _show(visit: Visit, saved: SavedView, state: ListState, view: FormView, status: int = 200) -> Response:
    """`state` is what the list showed before."""
    names = await actors.names(visit.store, visit.account.id, [saved.owner])
    stored = state_of(saved, state)
    shown = state if state.view == saved.id else stored
    return page(
        visit,
        "views/one.html",
        status,
        saved=saved,
        owner=names[0].name if names else "",
        saved_state=stored,
        saved_search=await search_view(visit, stored),
        state=shown,
        search=await search_view(visit, shown),
        is_changed=members_of(shown) != members_of(stored),
        view=view,
        may_share=_may_share(visit, saved),
        column_names=labels.column_names(visit.visitor.language),
    )


def _may_share(visit: Visit, view: SavedView) -> bool:
    """Only its owner keeps a shared view private again."""
    return visit.visitor.may(SHARE) and view.owner == visit.stamp.actor


def _sent_state(visit: Visit) -> ListState:
    """What the list showed when the form was made."""
    return ListState.read(QueryParams(visit.form.text("state")))


async def _view(visit: Visit) -> SavedView:
    """One that the visitor may change. Raises `SavedViewNotFound`, `SharingDenied`."""
    view = await use_cases.find(visit.store, visit.account.id, visit.params["view_id"], visit.stamp.actor)
    if not may_change(visit, view):
        raise SharingDenied
    return view


async def _change(visit: Visit, view: SavedView, body: dict[str, object]) -> SavedView:
    may_share = visit.visitor.may(SHARE)
    return await use_cases.change(visit.store, visit.stamp, visit.account.id, view.id, body, may_share=may_share)
