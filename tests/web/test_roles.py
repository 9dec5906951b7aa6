"""Role × page × action: every row of the table, for everybody, as it says."""

import pytest

from lab.databases import value
from lab.pages import FORMS, address_of, name_of, new_session, viewer_of
from lab.site import PASSWORD, Site
from leadloop.core.people.roles import ROLE_SCOPES
from leadloop.web.door import PASSWORD_FIELD, RECENT_MS
from leadloop.web.routes import PAGES, Needs, Page

WHO = [None, "owner", "manager", "agent", "read-only", "stranger"]
SIGN_IN = "/app/sign-in"
ACTIONS = [row for row in PAGES if row.method != "GET"]
GUARDED = [row for row in PAGES if row.method != "GET" or row.path.endswith("/events")]
OPEN = {200, 303, 400, 409, 422}
"""Of a row that the visitor may use: it is shown or done, or the form needs a correction."""


def ids(row: Page) -> str:
    return f"{row.method} {name_of(row)}"


def expected(site: Site, row: Page, who: str | None) -> str:
    """`open`, `sign in`, or the status of a refusal."""
    if row.needs is Needs.ANYBODY:
        return "open"
    if who is None:
        return "sign in"
    if row.needs is Needs.OPERATOR:
        return "open" if who == "owner" else "403"
    visitor = site.visitors[who]
    if "{account}" in row.path and visitor.account_id != site.account_id:
        return "404"
    is_allowed = not isinstance(row.needs, str) or row.needs in ROLE_SCOPES[visitor.role]
    return "open" if is_allowed else "403"


def outcome(site: Site, row: Page, path: str, cookies: dict[str, str], **headers: str) -> str:
    """What came back, in the terms of `expected`. Every answer must have the strict headers."""
    with site.http(cookies) as http:
        for name, text in headers.items():
            field = name.replace("_", "-")
            http.headers.pop(field, None)
            if text:
                http.headers[field] = text
        data = FORMS.get(row.path, {}) if row.method != "GET" else None
        with http.stream(row.method, path, data=data) as answer:
            policy = answer.headers["content-security-policy"]
            assert "default-src 'none'; script-src 'nonce-" in policy and "frame-ancestors 'none'" in policy
            assert answer.headers["cache-control"] == "no-store"
            assert answer.headers["x-content-type-options"] == "nosniff"
            if answer.status_code == 303 and answer.headers["location"].startswith(f"{SIGN_IN}?next=/app"):
                return "sign in"
            return "open" if answer.status_code in OPEN else str(answer.status_code)


def acts(site: Site) -> int:
    """How many acts the audit trails of all accounts have."""
    return int(value(site.server.database, "SELECT count(*) FROM audit"))


@pytest.mark.parametrize("row", PAGES, ids=ids)
def test_a_row_is_open_to_those_it_is_for(site: Site, row: Page) -> None:
    for who in WHO:
        cookies = new_session(site, site.visitors[who].id) if who else {}
        path = address_of(site, row, site.account_id)
        before = acts(site)
        wanted = expected(site, row, who)
        assert outcome(site, row, path, cookies) == wanted, who
        if wanted != "open":
            assert acts(site) == before, who


@pytest.mark.parametrize("row", [row for row in PAGES if row.path.count("{") > 1], ids=ids)
def test_what_is_of_another_account_is_not_found(site: Site, row: Page) -> None:
    """The id in the path belongs to another account, the account in the path is one's own."""
    theirs = site.empty_id, site.visitors["stranger"].id
    path = address_of(site, row, site.account_id, owner=theirs)
    before = acts(site)
    assert outcome(site, row, path, new_session(site, site.visitors["owner"].id)) == "404"
    assert acts(site) == before


@pytest.mark.parametrize("row", GUARDED, ids=ids)
def test_no_other_site_can_act(site: Site, row: Page) -> None:
    """Browsers say where a request comes from with `Sec-Fetch-Site`, or by plain http with `Origin`."""
    cookies = new_session(site, site.visitors["owner"].id)
    path = address_of(site, row, site.account_id)
    before = acts(site)
    for origin in ("https://evil.example", "null", site.url.replace("http:", "https:"), f"{site.url}0", ""):
        assert outcome(site, row, path, cookies, sec_fetch_site="", origin=origin) == "403", origin
    for place in ("cross-site", "same-site", "none"):
        assert outcome(site, row, path, cookies, sec_fetch_site=place) == "403", place
    assert acts(site) == before
    assert outcome(site, row, path, cookies, sec_fetch_site="") == "open"


@pytest.mark.parametrize("row", [row for row in PAGES if row.is_dangerous], ids=ids)
def test_what_is_dangerous_asks_for_the_password_again(site: Site, row: Page) -> None:
    owner = site.visitors["owner"]
    path = address_of(site, row, site.account_id)
    form = FORMS.get(row.path, {})
    before = acts(site)
    with site.http(new_session(site, owner.id, RECENT_MS + 60_000)) as http:
        asked = http.request(row.method, path, data=form)
        assert (asked.status_code, f'name="{PASSWORD_FIELD}"' in asked.text) == (403, True)
        wrong = http.request(row.method, path, data={**form, PASSWORD_FIELD: "another long password"})
        assert (wrong.status_code, acts(site)) == (403, before)
        done = http.request(row.method, path, data={**form, PASSWORD_FIELD: PASSWORD})
        assert done.status_code in OPEN, done.text


def test_everybody_is_expected_somewhere(site: Site) -> None:
    """The table tells the roles apart: else the matrix would show nothing."""
    columns = {who: [expected(site, row, who) for row in PAGES] for who in WHO}
    assert len({tuple(column) for column in columns.values()}) == len(WHO), columns
    assert viewer_of(next(row for row in PAGES if row.path == SIGN_IN)) is None
