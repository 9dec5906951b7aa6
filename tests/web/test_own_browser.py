"""Open pages of agents who see their own leads only: a lead that leaves them disappears from the page."""

from collections.abc import Iterator
from typing import NamedTuple

import pytest
from playwright.sync_api import Page, expect

from lab.site import Site, now_ms
from lab.stores import update, with_store, write_of
from leadloop.core.leads.model import Lead
from leadloop.core.people.roles import Role
from leadloop.core.store import Store
from tests.support import axe
from tests.support.own_leads import OTHER, OwnAccount, add_leads, make_agent
from tests.web.conftest import Visit
from tests.web.test_tabs import HIDE


class Agency(NamedTuple):
    site: Site
    account_id: str
    leads: OwnAccount
    cookies: dict[str, str]

    def give_away(self, lead: Lead) -> None:
        async def change(store: Store) -> None:
            await update(store, write_of(self.account_id, now_ms()), lead.id, owner=OTHER)

        with_store(self.site.server.database, change)


@pytest.fixture
def agency(look_site: Site) -> Iterator[Agency]:
    account_id = look_site.add_account("Estrela", agents_see_own=True)
    person = look_site.add_person(account_id, "Clara", Role.AGENT)

    async def fill(store: Store) -> OwnAccount:
        await make_agent(store, account_id, person.id, now_ms())
        return await add_leads(store, account_id, now_ms(), email="same@x.example")

    leads = with_store(look_site.server.database, fill)
    yield Agency(look_site, account_id, leads, look_site.sign_in(person.email))


def sign_in(page: Page, agency: Agency) -> None:
    url = agency.site.url
    page.context.add_cookies([{"name": name, "value": text, "url": url} for name, text in agency.cookies.items()])


def test_a_row_of_the_list_is_emptied(agency: Agency, look_site: Site, visit: Visit) -> None:
    mine, nobodys = agency.leads.shown["mine"], agency.leads.shown["of nobody here"]
    with visit(look_site) as page:
        sign_in(page, agency)
        page.goto(f"/app/{agency.account_id}/leads")
        expect(page.locator("#live")).to_have_attribute("data-state", "live")
        rows = page.locator("#rows tr")
        expect(rows).to_have_count(2)
        agency.give_away(mine)
        expect(page.get_by_text("You no longer see this lead")).to_be_visible()
        expect(rows).to_have_count(2)  # nothing moves under a finger
        gone = page.locator(f"#l-{mine.id}")
        assert "Shown mine" not in page.content()
        assert gone.text_content() == "You no longer see this lead"
        expect(page.locator(f"#l-{nobodys.id}")).to_contain_text("Shown of nobody here")
        assert axe.violations(page) == []
        page.keyboard.press("j")
        page.keyboard.press("j")
        page.keyboard.press("k")
        page.keyboard.press("j")
        page.get_by_text("You no longer see this lead").click()
        expect(rows).to_have_count(1)


def test_a_page_that_was_hidden_catches_up(agency: Agency, look_site: Site, visit: Visit) -> None:
    """Its stream is closed meanwhile."""
    with visit(look_site) as page:
        sign_in(page, agency)
        page.goto(f"/app/{agency.account_id}/leads")
        expect(page.locator("#live")).to_have_attribute("data-state", "live")
        page.evaluate(HIDE, True)
        agency.give_away(agency.leads.shown["mine"])
        page.wait_for_timeout(500)
        expect(page.get_by_text("Shown mine")).to_be_visible()
        page.evaluate(HIDE, False)
        expect(page.get_by_text("You no longer see this lead")).to_be_visible()


def test_the_page_of_a_lead_that_leaves_is_not_found(agency: Agency, look_site: Site, visit: Visit) -> None:
    mine = agency.leads.shown["mine"]
    with visit(look_site) as page:
        sign_in(page, agency)
        page.goto(f"/app/{agency.account_id}/leads/{mine.id}")
        expect(page.locator("#live")).to_have_attribute("data-state", "live")
        agency.give_away(mine)
        expect(page.locator("h1")).not_to_have_text("Shown mine")
        assert "same@x.example" not in page.content()


def test_another_lead_of_the_person_disappears_from_the_page(agency: Agency, look_site: Site, visit: Visit) -> None:
    mine, nobodys = agency.leads.shown["mine"], agency.leads.shown["of nobody here"]
    with visit(look_site) as page:
        sign_in(page, agency)
        page.goto(f"/app/{agency.account_id}/leads/{mine.id}")
        expect(page.locator("#live")).to_have_attribute("data-state", "live")
        expect(page.locator("#facts")).to_contain_text("Shown of nobody here")
        agency.give_away(nobodys)
        expect(page.locator("#facts")).not_to_contain_text("Shown of nobody here")
        expect(page.locator("h1")).to_have_text("Shown mine")
