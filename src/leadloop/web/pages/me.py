"""A person's own settings, password and sessions; the same in every account."""

from typing import Any

from msgspec import Struct, structs
from starlette.responses import Response

from leadloop.core.errors import InvalidFields, Problem, Refusal
from leadloop.core.people.model import Person, Session, Theme
from leadloop.web import i18n, regions, sessions, sign_in
from leadloop.web.devices import Device, device_of
from leadloop.web.form_view import FormView, filled, refused
from leadloop.web.passwords import password_problem
from leadloop.web.render import page, redirect
from leadloop.web.visit import SubmittedForm, Visit

ME = "/app/settings/me"
LONGEST_NAME = 200


class SessionRow(Struct, frozen=True):
    session: Session
    reference: str
    device: Device
    is_current: bool


async def show_me(visit: Visit) -> Response:
    return await _show(visit)


async def change_me(visit: Visit) -> Response:
    try:
        changes = read_person(visit.form)
    except Refusal as error:
        return await _show(visit, profile=refused(visit, error), status=422)
    await visit.store.people.change(visit.person.id, lambda person: structs.replace(person, **changes))
    visit.visitor = structs.replace(visit.visitor, language=changes["language"] or visit.visitor.language)
    _ = visit.gettext
    visit.toast(_("Saved."))
    return redirect(ME)


def read_person(form: SubmittedForm) -> dict[str, Any]:
    """The fields of a `Person` that the form sets. Raises `InvalidFields`."""
    problems = []
    name, zone, language = form.text("name"), form.text("timeZone"), form.text("language")
    if not name or len(name) > LONGEST_NAME:
        problems.append(Problem("length_between", "/name", least=1, most=LONGEST_NAME))
    elif not name.isprintable():
        problems.append(Problem("control_characters", "/name"))
    if zone and zone not in regions.time_zones():
        problems.append(Problem("iana_zone_expected", "/timeZone"))
    if language and language not in i18n.LANGUAGES:
        problems.append(Problem("one_of", "/language", choices=tuple(i18n.LANGUAGES)))
    theme = next((theme for theme in Theme if theme.value == form.text("theme")), None)
    if theme is None:
        problems.append(Problem("one_of", "/theme", choices=tuple(theme.value for theme in Theme)))
    if problems:
        raise InvalidFields(problems)
    return {
        "name": name,
        "time_zone": zone or None,
        "language": language or None,
        "theme": theme,
        "has_shortcuts": form.has("hasShortcuts"),
    }


async def change_password(visit: Visit) -> Response:
    """Needs the current password; ends the person's other sessions."""
    current, new = visit.form.get("current", ""), visit.form.get("password", "")
    problem = password_problem(new)
    if problem is None and isinstance(await sign_in.check(visit, visit.person.email, current), Problem):
        problem = Problem("password_wrong", "/current")
    if problem is not None:
        return await _show(visit, password=_without_values(refused(visit, InvalidFields([problem]))), status=422)
    password_hash = await visit.context.passwords.hash(new)
    await visit.store.people.change(
        visit.person.id, lambda person: structs.replace(person, password_hash=password_hash)
    )
    rotated = await sessions.rotate(visit, _session(visit))
    await visit.store.sessions.end_all(visit.person.id, but=rotated.digest)
    _ = visit.gettext
    visit.toast(_("The password is changed. Your other sessions have ended."))
    return redirect(ME)


async def end_session(visit: Visit) -> Response:
    for session in await visit.store.sessions.of_person(visit.person.id):
        if _reference(session) == visit.params["session"]:
            await visit.store.sessions.end(session.digest)
    _ = visit.gettext
    visit.toast(_("That session has ended."))
    return redirect(ME)


async def end_other_sessions(visit: Visit) -> Response:
    await visit.store.sessions.end_all(visit.person.id, but=_session(visit).digest)
    _ = visit.gettext
    visit.toast(_("Your other sessions have ended."))
    return redirect(ME)


async def _show(
    visit: Visit, *, profile: FormView | None = None, password: FormView | None = None, status: int = 200
) -> Response:
    return page(
        visit,
        "me/page.html",
        status,
        profile=profile or _stored(visit.person),
        password=password or FormView(),
        zones=regions.time_zones(),
        sessions=[
            SessionRow(
                session, _reference(session), device_of(session.user_agent), session.digest == _session(visit).digest
            )
            for session in await visit.store.sessions.of_person(visit.person.id)
            if not sessions.has_ended(session, visit.context.settings, visit.now_ms)
        ],
    )


def _stored(person: Person) -> FormView:
    return filled(
        {
            "name": person.name,
            "language": person.language or "",
            "timeZone": person.time_zone or "",
            "theme": person.theme.value,
            "hasShortcuts": "on" if person.has_shortcuts else None,
        }
    )


def _without_values(view: FormView) -> FormView:
    """Passwords do not go back into the page."""
    return FormView(SubmittedForm([("current", ""), ("password", "")]), view.problems, view.sentences)


def _session(visit: Visit) -> Session:
    assert visit.visitor.session is not None
    return visit.visitor.session


def _reference(session: Session) -> str:
    """Names a session in the person's own page."""
    return session.digest.hex()[:24]
