"""Where a visit begins and ends: signing in and out, the choice of an account, and the way to the first page."""

from starlette.responses import JSONResponse, Response

from leadloop.api.errors import ApiError
from leadloop.core.errors import Problem
from leadloop.core.store import LeadQuery, Order
from leadloop.web import sessions, sign_in
from leadloop.web.door import SIGN_IN, safe_path
from leadloop.web.render import page, redirect
from leadloop.web.visit import Visit

_FORGET = {"Clear-Site-Data": '"cache", "storage"'}


async def show_start(visit: Visit) -> Response:
    """To the only account, or the choice between several."""
    memberships = visit.visitor.memberships
    if len(memberships) == 1:
        return redirect(f"/app/{memberships[0][1].id}")
    return page(visit, "start/accounts.html")


async def show_account(visit: Visit) -> Response:
    """To the leads; while there is none, to the page that shows how to connect, for whoever may do that."""
    section = "leads"
    if visit.visitor.may("account:manage"):
        query = LeadQuery(account_id=visit.account.id, order=Order.CREATED, limit=1)
        section = "leads" if await visit.store.leads.find(query) else "connect"
    return redirect(f"/app/{visit.account.id}/{section}")


async def show_sign_in(visit: Visit) -> Response:
    if visit.visitor.person is not None:
        return redirect(safe_path(visit.request.query_params.get("next")))
    return page(visit, "start/sign_in.html", email="", problem=None, is_new=not await visit.store.people.are_there())


async def submit_sign_in(visit: Visit) -> Response:
    email = visit.form.text("email")
    headers: dict[str, str] = {}
    try:
        person = await sign_in.check(visit, email, visit.form.get("password", ""))
    except ApiError as error:
        person, headers = error.problem, error.headers
    if isinstance(person, Problem):
        response = page(visit, "start/sign_in.html", 429 if headers else 422, email=email, problem=person, is_new=False)
        response.headers.update(headers)
        return response
    await sessions.begin(visit, person)
    return redirect(safe_path(visit.request.query_params.get("next")))


async def sign_out(visit: Visit) -> Response:
    await sessions.end(visit)
    return redirect(SIGN_IN, _FORGET)


async def sign_out_everywhere(visit: Visit) -> Response:
    """Ends all sessions of the person, this one included."""
    await visit.store.sessions.end_all(visit.person.id)
    await sessions.end(visit)
    return redirect(SIGN_IN, _FORGET)


async def show_manifest(visit: Visit) -> Response:
    """The web manifest: what phones need to put the dashboard on their start screen."""
    static = visit.context.static
    icons = [
        {"src": static.url("mark.svg"), "sizes": "any", "type": "image/svg+xml"},
        {"src": static.url("mark-512.png"), "sizes": "512x512", "type": "image/png", "purpose": "any maskable"},
    ]
    manifest = {
        "name": "leadloop",
        "short_name": "leadloop",
        "start_url": "/app",
        "scope": "/app",
        "display": "standalone",
        "background_color": "#f6f7f8",
        "theme_color": "#f6f7f8",
        "icons": icons,
    }
    return JSONResponse(manifest, media_type="application/manifest+json")
