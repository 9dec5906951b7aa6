"""Role × page × action: every row of the table, for everybody, as it says."""

from collections.abc import Callable
from typing import NamedTuple

import pytest

from lab.databases import value
from lab.pages import FORMS, add_session, name_of, prepare_address
from lab.site import PASSWORD, Site, Visitor
from lab.stores import with_store
from leadloop.core.people.roles import ROLE_SCOPES, Role
from leadloop.web.door import PASSWORD_FIELD, RECENT_MS, SIGN_IN
from leadloop.web.routes import PAGES, Needs, PageRoute
from leadloop.webhooks.ports import WebhookStore

GUARDED = [row for row in PAGES if row.method != "GET" or row.path.endswith("/events")]
OPEN = {200, 303, 400, 409, 422}
"""Of a row that the visitor may use: it is shown or done, or the form needs a correction."""
DONE_ELSEWHERE = {"/app/settings/demo"}
"""Whoever may do this is left out: it loads a thousand leads."""


class Attempt(NamedTuple):
    path: str
    cookies: dict[str, str]


Attempts = dict[str | None, Attempt]


class Cast(NamedTuple):
    """People of one account, and the owner of another, whose sessions and settings no other test uses."""

    site: Site
    account_id: str
    other_id: str
    people: dict[str | None, Visitor | None]

    def attempts(
        self, row: PageRoute, *, of_account: str | None = None, password_age_ms: int = 0
    ) -> dict[str | None, Attempt]:
        """For everybody an address of the row, and the cookies of a new session."""
        owner = self.people["owner"]

        async def prepare(store: WebhookStore) -> Attempts:
            attempts: Attempts = {}
            for who, person in self.people.items():
                of_person = person or owner
                assert of_person is not None
                path = await prepare_address(store, row, self.account_id, of_person.id, of_account)
                cookies = {} if person is None else await add_session(store, person.id, password_age_ms)
                attempts[who] = Attempt(path, cookies)
            return attempts

        return with_store(self.site.server.database, prepare)

    def acts(self) -> int:
        """How many acts the audit trails of all accounts have."""
        return int(value(self.site.server.database, "SELECT count(*) FROM audit"))


@pytest.fixture(scope="module")
def cast(engine: str, sites: Callable[[str], Site]) -> Cast:
    site = sites(engine)
    account_id, other_id = site.add_account("Matrix"), site.add_account("Other")
    roles = (Role.OWNER, Role.MANAGER, Role.AGENT, Role.READ_ONLY)
    people: dict[str | None, Visitor | None] = {None: None}
    for role in roles:
        people[role.value] = site.add_person(account_id, role.value, role, is_operator=role is Role.OWNER)
    return Cast(site, account_id, other_id, people | {"stranger": site.add_person(other_id, "stranger", Role.OWNER)})


def ids(row: PageRoute) -> str:
    return f"{row.method} {name_of(row)}"


def expected(cast: Cast, row: PageRoute, who: str | None) -> str:
    """`open`, `sign in`, or the status of a refusal."""
    person = cast.people[who]
    if row.needs is Needs.ANYBODY:
        return "open"
    if person is None:
        return "sign in"
    if row.needs is Needs.OPERATOR:
        return "open" if who == "owner" else "403"
    if "{account}" in row.path and person.account_id != cast.account_id:
        return "404"
    is_allowed = not isinstance(row.needs, str) or row.needs in ROLE_SCOPES[person.role]
    return "open" if is_allowed else "403"


def outcome(cast: Cast, row: PageRoute, attempt: Attempt, **headers: str) -> str:
    """What came back, in the terms of `expected`. Every answer must have the strict headers."""
    with cast.site.http(attempt.cookies) as http:
        for name, text in headers.items():
            field = name.replace("_", "-")
            http.headers.pop(field, None)
            if text:
                http.headers[field] = text
        with http.stream(row.method, attempt.path, data=form_of(row, cast)) as answer:
            policy = answer.headers["content-security-policy"]
            assert "default-src 'none'; script-src 'nonce-" in policy and "frame-ancestors 'none'" in policy
            assert answer.headers["cache-control"] == "no-store"
            assert answer.headers["x-content-type-options"] == "nosniff"
            if answer.status_code == 303 and answer.headers["location"].startswith(f"{SIGN_IN}?next=/app"):
                return "sign in"
            return "open" if answer.status_code in OPEN else str(answer.status_code)


def form_of(row: PageRoute, cast: Cast) -> dict[str, str] | None:
    if row.method == "GET":
        return None
    form = FORMS.get(row.path, {})
    owner = cast.people["owner"]
    return {**form, "email": owner.email} if row.path == SIGN_IN and owner is not None else form


@pytest.mark.parametrize("row", PAGES, ids=ids)
def test_a_row_is_open_to_those_it_is_for(cast: Cast, row: PageRoute) -> None:
    attempts = cast.attempts(row)
    wanted = {who: expected(cast, row, who) for who in attempts}
    refused = [who for who in attempts if wanted[who] != "open"]
    allowed = [who for who in attempts if wanted[who] == "open" and row.path not in DONE_ELSEWHERE]
    before = cast.acts()
    for who in refused:
        assert outcome(cast, row, attempts[who]) == wanted[who], who
    assert cast.acts() == before
    for who in allowed:
        assert outcome(cast, row, attempts[who]) == "open", who


@pytest.mark.parametrize("row", [row for row in PAGES if row.path.count("{") > 1], ids=ids)
def test_what_is_of_another_account_is_not_found(cast: Cast, row: PageRoute) -> None:
    """The id in the path belongs to another account, the account in the path is one's own."""
    attempt = cast.attempts(row, of_account=cast.other_id)["owner"]
    before = cast.acts()
    assert outcome(cast, row, attempt) == "404"
    assert cast.acts() == before


@pytest.mark.parametrize("row", GUARDED, ids=ids)
def test_no_other_site_can_act(cast: Cast, row: PageRoute) -> None:
    """Browsers say where a request comes from with `Sec-Fetch-Site`, or by plain http with `Origin`."""
    attempt = cast.attempts(row)["owner"]
    before = cast.acts()
    ours = cast.site.url
    for origin in ("https://evil.example", "null", ours.replace("http:", "https:"), f"{ours}0", ""):
        assert outcome(cast, row, attempt, sec_fetch_site="", origin=origin) == "403", origin
    for place in ("cross-site", "same-site", "none"):
        assert outcome(cast, row, attempt, sec_fetch_site=place) == "403", place
    assert cast.acts() == before
    if row.path not in DONE_ELSEWHERE:
        assert outcome(cast, row, attempt, sec_fetch_site="") == "open"


@pytest.mark.parametrize("row", [row for row in PAGES if row.is_dangerous], ids=ids)
def test_what_is_dangerous_asks_for_the_password_again(cast: Cast, row: PageRoute) -> None:
    attempt, form = cast.attempts(row, password_age_ms=RECENT_MS + 60_000)["owner"], form_of(row, cast)
    before = cast.acts()
    with cast.site.http(attempt.cookies) as http:
        asked = http.request(row.method, attempt.path, data=form)
        assert (asked.status_code, f'name="{PASSWORD_FIELD}"' in asked.text) == (403, True)
        assert cast.acts() == before
        done = http.request(row.method, attempt.path, data={**(form or {}), PASSWORD_FIELD: PASSWORD})
        assert done.status_code in OPEN, done.text


def test_the_table_tells_everybody_apart(cast: Cast) -> None:
    """Otherwise the matrix would show nothing. No page lets anybody change leads yet, so that agents and readers see
    the same."""
    columns = {who: tuple(expected(cast, row, who) for row in PAGES) for who in cast.people if who != "read-only"}
    assert len(set(columns.values())) == len(columns), columns


def test_a_row_that_asks_for_too_little_is_noticed(cast: Cast) -> None:
    row = next(row for row in PAGES if row.path == "/app/{account}/keys" and row.method == "GET")
    lenient = row._replace(needs="leads:read")
    attempts = cast.attempts(row)
    differing = {who for who in attempts if outcome(cast, row, attempts[who]) != expected(cast, lenient, who)}
    assert differing == {"manager", "agent", "read-only"}
