"""The pages of one-time links: the first person of the instance, and setting a password.

Opening a link uses nothing up; its form does.
"""

from functools import partial

from msgspec import Struct, structs
from starlette.responses import Response

from leadloop.api.errors import ApiError
from leadloop.core.accounts import Account
from leadloop.core.errors import Problem
from leadloop.core.ids import Stamp, new_id
from leadloop.core.leads.normalize import email_key
from leadloop.core.people import audit
from leadloop.core.people.model import Link, LinkKind, Membership, MemberState, Person
from leadloop.core.people.roles import Role
from leadloop.core.people.tokens import digest_of
from leadloop.web import i18n, regions, sessions, sign_in
from leadloop.web.passwords import password_problem
from leadloop.web.render import page, redirect
from leadloop.web.visit import SubmittedForm, Visit

NAME_LENGTH = 100
DEFAULT_NAME = "default"
"""Of the account that the first start creates; nobody needs to see it."""


class FirstForm(Struct, frozen=True):
    """What the form of the first person shows, and what is wrong with each field."""

    name: str
    email: str
    account: str
    language: str
    time_zone: str
    currency: str
    country: str
    problems: dict[str, Problem] = {}


async def show_welcome(visit: Visit) -> Response:
    link = await _valid_link(visit)
    if link.kind is LinkKind.WELCOME:
        return _first_page(visit, await _guess(visit, link))
    return _password_page(visit, link, await _person_of(visit, link))


async def submit_welcome(visit: Visit) -> Response:
    link = await _valid_link(visit)
    if link.kind is LinkKind.WELCOME:
        return await _create_first(visit, link)
    return await _set_password(visit, link)


async def _valid_link(visit: Visit) -> Link:
    """Raises `ApiError` 404, the same for unknown, used and expired links."""
    link = await visit.store.links.get(digest_of(visit.params["token"]))
    is_valid = link is not None and visit.now_ms < link.expires_at_ms
    if is_valid and link is not None and link.kind is LinkKind.WELCOME:
        is_valid = not await visit.store.people.are_there()
    if link is None or not is_valid:
        raise ApiError(404, Problem("link_ended"))
    return link


# The first person


async def _create_first(visit: Visit, link: Link) -> Response:
    form = _read(visit.form)
    problems = _problems(form)
    if (problem := password_problem(visit.form.get("password", ""))) is not None:
        problems["password"] = problem
    if problems:
        return _first_page(visit, structs.replace(form, problems=problems), 422)
    person = Person(
        id=new_id(visit.now_ms),
        email=form.email,
        email_key=email_key(form.email) or "",
        name=form.name,
        created_at_ms=visit.now_ms,
        password_hash=await visit.context.passwords.hash(visit.form["password"]),
        is_operator=True,
        language=form.language,
        time_zone=form.time_zone or None,
    )
    account_id = link.account_id or ""
    membership = Membership(
        account_id=account_id,
        person_id=person.id,
        role=Role.OWNER,
        state=MemberState.ACTIVE,
        created_at_ms=visit.now_ms,
    )
    change = partial(_with_settings, form=form)
    if not await visit.store.people.create_first(link.digest, person, change, membership, visit.now_ms):
        raise ApiError(404, Problem("link_ended"))
    await audit.record(visit.store, _stamp_of(visit, person), account_id, "user.created", person.id)
    await sessions.begin(visit, person)
    return redirect(f"/app/{account_id}")


def _with_settings(account: Account, form: FirstForm) -> Account:
    return structs.replace(
        account,
        name=form.account,
        language=form.language,
        time_zone=form.time_zone or None,
        currency=form.currency or None,
        country=form.country or None,
    )


def _first_page(visit: Visit, form: FirstForm, status: int = 200) -> Response:
    language = visit.visitor.language
    return page(
        visit,
        "welcome/first.html",
        status,
        form=form,
        is_open=bool(form.problems.keys() & {"language", "time_zone", "currency", "country"}),
        zones=regions.time_zones(),
        countries=regions.countries(language),
        currencies=regions.currencies(language),
    )


async def _guess(visit: Visit, link: Link) -> FirstForm:
    """Country and currency by the browser's language; the time zone is filled in by a script."""
    tags = list(i18n.accepted(visit.request.field(b"accept-language")))
    country = regions.country_of(tags)
    account = await visit.store.accounts.get(link.account_id or "")
    name = "" if account is None or account.name == DEFAULT_NAME else account.name
    currency = regions.currency_of(country)
    return FirstForm("", "", name, visit.visitor.language, regions.time_zone_of(country), currency, country)


def _read(form: SubmittedForm) -> FirstForm:
    return FirstForm(
        name=form.text("name"),
        email=form.text("email"),
        account=form.text("account"),
        language=form.text("language"),
        time_zone=form.text("time_zone"),
        currency=form.text("currency"),
        country=form.text("country"),
    )


def _problems(form: FirstForm) -> dict[str, Problem]:
    problems = {
        name: Problem("name_expected", most=NAME_LENGTH)
        for name, value in (("name", form.name), ("account", form.account))
        if not (0 < len(value) <= NAME_LENGTH and value.isprintable())
    }
    if email_key(form.email) is None:
        problems["email"] = Problem("email_expected")
    choices = {
        "language": form.language in i18n.LANGUAGES,
        "time_zone": not form.time_zone or form.time_zone in regions.time_zones(),
        "currency": not form.currency or form.currency in dict(regions.currencies(i18n.DEFAULT)),
        "country": not form.country or form.country in dict(regions.countries(i18n.DEFAULT)),
    }
    return problems | {name: Problem("choice_expected") for name, is_known in choices.items() if not is_known}


# A password


async def _person_of(visit: Visit, link: Link) -> Person:
    person = await visit.store.people.get(link.person_id or "")
    if person is None:
        raise ApiError(404, Problem("link_ended"))
    return person


async def _set_password(visit: Visit, link: Link) -> Response:
    """Sets the password. With the invitation of somebody who has one already, checks it instead, so that nobody who
    has the link takes over the person's other accounts."""
    person = await _person_of(visit, link)
    password = visit.form.get("password", "")
    if link.kind is LinkKind.INVITATION and person.password_hash is not None:
        checked = await sign_in.check(visit, person.email, password)
        problem, change = (checked, None) if isinstance(checked, Problem) else (None, person.password_hash)
    else:
        problem, change = password_problem(password), None
    if problem is not None:
        return _password_page(visit, link, person, problem)
    password_hash = change or await visit.context.passwords.hash(password)

    def set_hash(current: Person) -> Person:
        """Another invitation may have set a password meanwhile: this one then needs that password."""
        if link.kind is LinkKind.INVITATION and current.password_hash != person.password_hash:
            raise ApiError(409, Problem("link_crossed"))
        return structs.replace(current, password_hash=password_hash)

    changed = await visit.store.links.use(link.digest, visit.now_ms, set_hash)
    if changed is None:
        raise ApiError(404, Problem("link_ended"))
    if link.kind is LinkKind.PASSWORD:
        await visit.store.sessions.end_all(person.id)
    if link.account_id is not None:
        action = "user.joined" if link.kind is LinkKind.INVITATION else "user.password_set"
        await audit.record(visit.store, _stamp_of(visit, person), link.account_id, action, person.id)
    await sessions.begin(visit, changed)
    return redirect("/app")


def _password_page(visit: Visit, link: Link, person: Person, problem: Problem | None = None) -> Response:
    status, is_invitation = 200 if problem is None else 422, link.kind is LinkKind.INVITATION
    return page(visit, "welcome/password.html", status, person=person, problem=problem, is_invitation=is_invitation)


def _stamp_of(visit: Visit, person: Person) -> Stamp:
    """The person acts before they have a session."""
    return structs.replace(visit.stamp, actor=f"user:{person.id}")
