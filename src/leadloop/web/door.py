"""The door: who the visitor is, what they may open, and whether a form comes from a page of ours."""

import contextlib
import re
from typing import TYPE_CHECKING
from urllib.parse import parse_qsl, quote, urlsplit

from msgspec import structs
from starlette.requests import ClientDisconnect
from starlette.responses import Response

from leadloop.api.errors import ApiError
from leadloop.api.request import Request
from leadloop.core.errors import Problem, Unavailable
from leadloop.core.people.model import Membership, MemberState
from leadloop.web import i18n, sessions, sign_in
from leadloop.web.render import page, redirect
from leadloop.web.visit import SubmittedForm, Visit

if TYPE_CHECKING:
    from leadloop.web.routes import PageRoute

FORM_BYTES, FORM_FIELDS = 64 * 1024, 1_000
FORM_TYPE = "application/x-www-form-urlencoded"
RECENT_MS = 15 * 60_000
"""How long an entered password lets its person do what is dangerous."""
PASSWORD_FIELD = "_password"
"""Of the form that asks for the password again; it carries the other fields along."""
SIGN_IN = "/app/sign-in"
_SAFE_METHODS = ("GET", "HEAD")
_PATH = re.compile(r"/app(?:[/?][\x21-\x7e]*)?")


def language_of(request: Request) -> str:
    """The language of somebody who has not signed in: that of the link on the page, else the browser's."""
    chosen = i18n.supported(request.query_params.get("language"))
    return chosen or i18n.negotiate(request.field(b"accept-language")) or i18n.DEFAULT


async def enter(visit: Visit, row: "PageRoute") -> Response | None:
    """Fills in visitor and form. Returns the answer if the visitor has to sign in or to enter the password first.

    Raises `ApiError` for a visitor who may not open the page, and for a form of another site.
    """
    is_action = visit.request.method not in _SAFE_METHODS
    if is_action or row.path.endswith("/events"):
        require_same_origin(visit, is_stream=not is_action)
    await _recognize(visit)
    if (refused := await _admit(visit, row)) is not None:
        return refused
    if is_action:
        visit.form = await read_form(visit.request)
    if row.is_dangerous:
        return await confirm_password(visit)
    return None


def require_same_origin(visit: Visit, *, is_stream: bool = False) -> None:
    """Raises `ApiError` 403 unless a page of ours sends the request.

    Browsers send `Sec-Fetch-Site` by https and to loopback addresses, and `Origin` with a form by http. With a stream
    by http they send neither: there a field counts that other sites can only send with our consent.
    """
    request = visit.request
    site, origin = request.field(b"sec-fetch-site"), request.field(b"origin")
    if site is not None:
        is_ours = site == "same-origin"
    elif origin is not None:
        is_ours = origin.lower() == visit.origin.lower()
    else:
        is_ours = is_stream and request.field(b"hx-request") is not None
    if not is_ours:
        raise ApiError(403, Problem("form_of_others"))


def safe_path(text: str | None) -> str:
    """Where to go after signing in: a path of the dashboard, whatever `text` says."""
    return text if text is not None and _PATH.fullmatch(text) and "\\" not in text else "/app"


async def read_form(request: Request) -> SubmittedForm:
    """Raises `ApiError` 413 or 415, or 400 for one that is not UTF-8."""
    kind = (request.field(b"content-type") or FORM_TYPE).partition(";")[0].strip().lower()
    if kind != FORM_TYPE:
        raise ApiError(415, Problem("form_type_expected"))
    too_large = ApiError(413, Problem("body_too_large", limit=FORM_BYTES))
    if int(request.field(b"content-length") or 0) > FORM_BYTES:
        raise too_large
    body = bytearray()
    try:
        async for piece in request.stream():
            body += piece
            if len(body) > FORM_BYTES:
                raise too_large
    except ClientDisconnect:
        raise ApiError(400, Problem("form_malformed")) from None
    try:
        text = body.decode("ascii")
        fields = parse_qsl(text, keep_blank_values=True, errors="strict", max_num_fields=FORM_FIELDS)
    except ValueError:
        raise ApiError(400, Problem("form_malformed")) from None
    return SubmittedForm([(name, value.replace("\r\n", "\n")) for name, value in fields])


async def confirm_password(visit: Visit) -> Response | None:
    """Asks for the password again unless it was entered recently. Afterwards the action runs with what was typed."""
    session, form = visit.visitor.session, visit.form
    assert session is not None
    visit.form = SubmittedForm([(name, value) for name, value in form.fields if name != PASSWORD_FIELD])
    if visit.now_ms - session.password_at_ms < RECENT_MS:
        return None
    problem = None
    if PASSWORD_FIELD in form:
        checked = await sign_in.check(visit, visit.person.email, form[PASSWORD_FIELD])
        problem = checked if isinstance(checked, Problem) else None
        if problem is None:
            visit.visitor = structs.replace(visit.visitor, session=await sessions.rotate(visit, session))
            return None
    return page(visit, "start/confirm.html", 403, problem=problem)


async def _recognize(visit: Visit) -> None:
    if (signed_in := await sessions.find(visit)) is None:
        return
    session, person, stored = signed_in
    memberships = [(member, account) for member, account in stored if member.state is MemberState.ACTIVE]
    if visit.request.method == "GET" and visit.request.field(b"hx-request") is None:
        session = await sessions.rotate_if_roles_changed(visit, session, stored)
    visit.visitor = structs.replace(visit.visitor, person=person, session=session, memberships=memberships)
    for membership, account in memberships:
        if account.id == visit.params.get("account"):
            visit.visitor = structs.replace(visit.visitor, account=account, membership=membership)
    visit.stamp = structs.replace(visit.stamp, actor=f"user:{person.id}")
    home = visit.visitor.home
    account_language, account_zone = (None, None) if home is None else (home.language, home.time_zone)
    visit.visitor = structs.replace(
        visit.visitor,
        language=i18n.supported(person.language or account_language) or visit.visitor.language,
        time_zone=person.time_zone or account_zone or "UTC",
        theme=person.theme,
    )


async def _admit(visit: Visit, row: "PageRoute") -> Response | None:
    from leadloop.web.routes import Needs

    visitor = visit.visitor
    if row.needs is Needs.ANYBODY:
        return None
    if visitor.person is None or visitor.session is None:
        return _to_sign_in(visit)
    if row.needs is Needs.OPERATOR and not visitor.person.is_operator:
        raise ApiError(403, Problem("page_of_operators"))
    if "account" not in visit.params:
        return None
    if visitor.membership is None:
        raise ApiError(404, Problem("page_not_found"))
    ended_at_ms = visitor.membership.signed_out_at_ms
    if ended_at_ms is not None and visitor.session.password_at_ms <= ended_at_ms:
        return _to_sign_in(visit)
    if isinstance(row.needs, str) and not visitor.may(row.needs):
        raise ApiError(403, Problem("role_not_enough"))
    await _touch(visit, visitor.membership)
    return None


async def _touch(visit: Visit, membership: Membership) -> None:
    """Records, at most once a minute, when the person last used the account."""
    if visit.now_ms - (membership.last_seen_at_ms or 0) >= sessions.TOUCH_MS:
        with contextlib.suppress(Unavailable):
            await visit.store.memberships.touch(membership.account_id, membership.person_id, visit.now_ms)


def _to_sign_in(visit: Visit) -> Response:
    """To the form; afterwards the visitor is back on the page. htmx follows its own header, as a whole page."""
    request = visit.request
    is_get = request.method in _SAFE_METHODS
    query = request.scope["query_string"].decode("latin-1")
    place = quote(visit.path, safe="/") + (f"?{query}" if query else "")
    if request.field(b"hx-request") is not None:
        current = urlsplit(request.field(b"hx-current-url") or "")
        place = current.path + (f"?{current.query}" if current.query else "")
    elif not is_get:
        place = urlsplit(request.field(b"referer") or "").path
    target = f"{SIGN_IN}?next={quote(safe_path(place), safe='/')}"
    if request.field(b"hx-request") is not None:
        return Response(b"", 401, {"HX-Redirect": target})
    return redirect(target)
