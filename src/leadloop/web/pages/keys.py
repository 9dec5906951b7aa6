"""API keys: all of them, a new one whose text is shown once, one to rename, and the end of one."""

from collections.abc import Sequence

from msgspec import Struct
from starlette.responses import Response

from leadloop.core import key_management
from leadloop.core.errors import InvalidFields, Problem, Refusal
from leadloop.core.keys import DEFAULT_SCOPES, SCOPES, ApiKey
from leadloop.core.people import actors
from leadloop.web.form_view import FormView, filled, refused
from leadloop.web.moments import days_ahead
from leadloop.web.render import page, redirect
from leadloop.web.snippets import Snippet, environment, first_call
from leadloop.web.visit import SubmittedForm, Visit

SOON_MS = 14 * 86_400_000
"""A key that ends within this time is marked."""
DAYS = ("1", "30", "90", "365")
NEW = FormView(SubmittedForm([("scopes", scope) for scope in DEFAULT_SCOPES]))


class KeyRow(Struct, frozen=True):
    key: ApiKey
    prefix: str
    creator: str
    is_over: bool
    ends_soon: bool


async def list_keys(visit: Visit) -> Response:
    shows_all = "revoked" in visit.request.query_params
    rows = await _rows(visit, await visit.store.keys.of_account(visit.account.id))
    current = [row for row in rows if not row.is_over]
    return page(visit, "keys/page.html", rows=rows if shows_all else current, current=len(current), shows_all=shows_all)


async def new_key(visit: Visit) -> Response:
    return _new(visit, NEW)


async def create_key(visit: Visit) -> Response:
    """The one page that shows the text of the key."""
    form = visit.form
    body = {"name": form.text("name"), "scopes": form.all("scopes")}
    if (ends := form.text("ends")) in DAYS:
        body["expiresAt"] = days_ahead(visit.now_ms, int(ends))
    try:
        key, text = await key_management.create(
            visit.store, visit.stamp, visit.account, visit.visitor.scopes, body, visit.context.pepper
        )
    except Refusal as error:
        return _new(visit, refused(visit, error), 422)
    return page(
        visit,
        "keys/created.html",
        key=key,
        text=text,
        environment=environment(visit.origin, visit.account.id, text),
        snippets=first_call(visit.context.samples, visit.origin, visit.account.id, "$LEADLOOP_KEY")
        if "leads:write" in key.scopes
        else _NO_SNIPPETS,
    )


async def show_key(visit: Visit) -> Response:
    return await _show(visit, FormView())


async def rename_key(visit: Visit) -> Response:
    try:
        await key_management.change(
            visit.store, visit.stamp, visit.account.id, visit.params["key_id"], {"name": visit.form.text("name")}
        )
    except InvalidFields as error:
        return await _show(visit, refused(visit, error), 422)
    _ = visit.gettext
    visit.toast(_("Saved."))
    return redirect(f"/app/{visit.account.id}/keys")


async def revoke_key(visit: Visit) -> Response:
    """Only with the name of the key typed: nothing brings a revoked key back."""
    key = await _key(visit)
    if visit.form.text("confirmation") != key.name.strip():
        error = InvalidFields([Problem("not_repeated", "/confirmation")])
        return await _show(visit, refused(visit, error), 422)
    await key_management.revoke(visit.store, visit.stamp, visit.account.id, key.id)
    _ = visit.gettext
    visit.toast(_("The key is revoked. Whatever uses it gets 401 from now on."))
    return redirect(f"/app/{visit.account.id}/keys")


async def show_first_call(visit: Visit) -> Response:
    """Whether a new key was used, for the page that showed its text."""
    return page(visit, "keys/_first_call.html", key=await _key(visit))


_NO_SNIPPETS: Sequence[Snippet] = ()


def _new(visit: Visit, view: FormView, status: int = 200) -> Response:
    scopes = [scope for scope in SCOPES if visit.visitor.may(scope)]
    return page(visit, "keys/new.html", status, view=view, scopes=scopes, days=DAYS)


async def _show(visit: Visit, view: FormView, status: int = 200) -> Response:
    (row,) = await _rows(visit, [await _key(visit)])
    names = view if view.form.has("name") else filled({"name": row.key.name})
    return page(visit, "keys/one.html", status, row=row, view=view, names=names)


async def _key(visit: Visit) -> ApiKey:
    return await key_management.find(visit.store, visit.account.id, visit.params["key_id"])


async def _rows(visit: Visit, keys: Sequence[ApiKey]) -> list[KeyRow]:
    ids = sorted({key.created_by for key in keys})
    names = {actor.id: actor.name for actor in await actors.names(visit.store, visit.account.id, ids)}
    now_ms = visit.now_ms
    return [
        KeyRow(
            key,
            str(key_management.show(key, is_test=visit.account.is_test)["prefix"]),
            names.get(key.created_by, ""),
            is_over=not key.valid_at(now_ms),
            ends_soon=key.expires_at_ms is not None and key.expires_at_ms - now_ms < SOON_MS,
        )
        for key in sorted(keys, key=lambda key: key.created_at_ms, reverse=True)
    ]
