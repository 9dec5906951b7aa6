"""Pages of the door that the table of pages does not lead to: the first person, refusals, the choice of an account, and
the password asked for again. For eyes and readers in both languages, and by the keyboard.
"""

import pytest
from playwright.sync_api import Page

from lab.browser import LANGUAGES, NARROW, Chromium, Look
from lab.pages import COOKIE, add_session, new_link
from lab.server import Leadloop, running
from lab.site import PASSWORD, Site
from lab.stores import with_store
from leadloop.core.people.model import LinkKind, Membership, MemberState
from leadloop.core.people.roles import Role
from leadloop.core.store import Store
from tests.conftest import new_database
from tests.web.conftest import Visit
from tests.web.test_door_first_start import printed_link
from tests.web.test_every_page import look_at

languages = pytest.mark.parametrize("language", LANGUAGES)


def new_visitor(site: Site, page: Page, role: Role = Role.OWNER, *, password_age_ms: int = 0) -> str:
    """Signs a new person in; their id."""
    person = site.add_person(site.empty_id, "Iris Melo", role)
    cookies = with_store(site.server.database, lambda store: add_session(store, person.id, password_age_ms))
    page.context.add_cookies([{"name": COOKIE, "value": cookies[COOKIE], "url": site.url}])
    return person.id


def join(site: Site, account_id: str, person_id: str) -> None:
    """Makes a person an active agent of another account."""
    link, _ = new_link(LinkKind.INVITATION, account_id, person_id)

    async def add(store: Store) -> None:
        person = await store.people.get(person_id)
        assert person is not None
        membership = Membership(
            account_id=account_id,
            person_id=person_id,
            role=Role.AGENT,
            state=MemberState.ACTIVE,
            created_at_ms=link.created_at_ms,
        )
        assert await store.memberships.invite(person, membership, link) is not None

    with_store(site.server.database, add)


def test_the_first_form_looks_right_and_works_by_the_keyboard_alone(
    tmp_path_factory: pytest.TempPathFactory, request: pytest.FixtureRequest, chromium: Chromium
) -> None:
    database = new_database("sqlite", tmp_path_factory.mktemp("first"), request)
    with running(Leadloop("sqlite", database)) as server, chromium.in_use():
        _, link = printed_link(server)
        for language in LANGUAGES:
            with chromium.visit(server.url, look=Look(language)) as page:
                page.goto(link)
                page.locator("summary").click()
                assert look_at(page, language) == []
        with chromium.visit(server.url, look=Look("pt-BR", width=NARROW)) as page:
            page.goto(link)
            for text in ("Ana Souza", "ana@example.com", PASSWORD, "Sol Nascente"):
                page.keyboard.type(text)
                page.keyboard.press("Tab")
            page.keyboard.press("Enter")  # opens the guesses
            assert page.locator("[name=currency]").input_value() == "BRL"
            page.locator("[name=account]").focus()
            page.keyboard.press("Enter")
            page.wait_for_url("**/connect")


@languages
def test_a_refused_sign_in_and_a_missing_page_look_right(look_site: Site, visit: Visit, language: str) -> None:
    with visit(look_site, None, Look(language)) as page:
        page.goto("/app/sign-in")
        page.locator("[name=email]").fill("nobody@example.com")
        page.locator("[name=password]").fill("a wrong password")
        page.keyboard.press("Enter")
        page.locator("#e-password").wait_for()
        assert look_at(page, language) == []
        page.goto("/app/nothing")
        assert look_at(page, language) == []


@languages
def test_the_choice_of_an_account_looks_right(look_site: Site, visit: Visit, language: str) -> None:
    with visit(look_site, None, Look(language)) as page:
        person_id = new_visitor(look_site, page)
        join(look_site, look_site.hostile_id, person_id)
        page.goto("/app")
        assert page.get_by_role("link").count() >= 2
        assert look_at(page, language) == []


@languages
def test_the_password_is_asked_for_again_and_the_form_continues(look_site: Site, visit: Visit, language: str) -> None:
    with visit(look_site, None, Look(language)) as page:
        new_visitor(look_site, page, password_age_ms=16 * 60_000)
        page.goto(f"/app/{look_site.empty_id}/keys/new")
        page.locator("[name=name]").fill("Site")
        page.locator("form button[type=submit].main-act").click()
        page.locator("[name=_password]").wait_for()
        assert look_at(page, language) == []
        page.locator("[name=_password]").fill(PASSWORD)
        page.keyboard.press("Enter")
        page.locator("text=ll_live_").first.wait_for()
