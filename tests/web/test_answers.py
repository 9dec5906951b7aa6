"""The looks of what a form answers: a secret that is shown once, a form that is refused; and of the dialogs."""

from collections.abc import Callable

import pytest
from playwright.sync_api import Page

from lab.browser import Look
from lab.site import Site
from tests.support import axe
from tests.web.conftest import Visit
from tests.web.pages import new_owner
from tests.web.test_every_page import look_at
from tests.web.test_jobs import enter


def new_key(page: Page, account: str) -> None:
    page.goto(f"{account}/keys/new")
    page.locator("[name=name]").fill("Ponte do CRM")
    page.locator("[name=name]").press("Enter")
    page.locator("#key").wait_for()


def key_of_a_day(page: Page, account: str) -> None:
    page.goto(f"{account}/connect")
    page.locator("form[action$='/connect/key'] button").click()
    page.locator("#key").wait_for()


def invitation(page: Page, account: str) -> None:
    page.goto(f"{account}/settings/people")
    page.locator("[name=name]").fill("Breno Lima")
    page.locator("[name=email]").fill(f"{account[-24:]}@example.com")
    page.locator("[name=email]").press("Enter")
    page.locator("#link").wait_for()


def refused_settings(page: Page, account: str) -> None:
    page.goto(f"{account}/settings/account")
    page.locator("[name='officeHours.friday']").fill("eight")
    page.locator("[name=contactGoalMinutes]").fill("soon")
    page.locator("[name=contactGoalMinutes]").press("Enter")
    page.locator("[aria-invalid=true]").first.wait_for()


def refused_revocation(page: Page, account: str) -> None:
    new_key(page, account)
    page.goto(f"{account}/keys")
    page.locator("tbody a").first.click()
    page.locator("[name=confirmation]").fill("another name")
    page.locator("[name=confirmation]").press("Enter")
    page.locator("[aria-invalid=true]").first.wait_for()


@pytest.mark.parametrize(
    ("answer", "language"),
    [
        (new_key, "en"),
        (key_of_a_day, "pt-BR"),
        (invitation, "pt-BR"),
        (refused_settings, "en"),
        (refused_revocation, "pt-BR"),
    ],
)
def test_an_answer_looks_right(
    look_site: Site, visit: Visit, answer: Callable[[Page, str], None], language: str
) -> None:
    account_id, email = new_owner(look_site)
    with visit(look_site, None, Look(language)) as page:
        enter(look_site, page, email)
        answer(page, f"/app/{account_id}")
        assert look_at(page, language) == []


def test_the_palette_and_the_list_of_keys_are_readable(look_site: Site, visit: Visit) -> None:
    with visit(look_site, "owner") as page:
        page.goto(f"/app/{look_site.account_id}/keys")
        for key in ("Control+k", "?"):
            page.keyboard.press(key)
            page.locator("dialog[open]").wait_for()
            assert axe.violations(page) == []
            page.emulate_media(color_scheme="dark")
            assert axe.violations(page, axe.COLOURS) == []
            page.emulate_media(color_scheme="light")
            page.keyboard.press("Escape")
            page.locator("dialog[open]").wait_for(state="detached")
