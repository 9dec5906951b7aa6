"""Many tabs: over HTTP/1.1 a browser has six connections to a server, and an event stream keeps one."""

from collections.abc import Iterator
from contextlib import closing, contextmanager

import pytest
from playwright.sync_api import Page, expect

from lab.site import Site
from tests.web.conftest import Visit

CONNECTIONS = 6
HIDE = """isHidden => {
  Object.defineProperty(document, 'hidden', {value: isHidden, configurable: true});
  Object.defineProperty(document, 'visibilityState', {value: isHidden ? 'hidden' : 'visible', configurable: true});
  document.dispatchEvent(new Event('visibilitychange'));
}"""
"""Headless Chromium shows all its tabs: this says to a page what other browsers say to one in the background."""


def open_tabs(page: Page, path: str, *, hidden: bool) -> list[Page]:
    """As many tabs as there are connections, each with a stream until it is hidden."""
    tabs = [page, *(page.context.new_page() for _ in range(CONNECTIONS - 1))]
    for tab in tabs:
        with tab.expect_request("**/events"):
            tab.goto(path)
        if hidden:
            tab.evaluate(HIDE, True)
    return tabs


@contextmanager
def page_of_owner(site: Site, visit: Visit, account_id: str) -> Iterator[Page]:
    """A page of somebody who owns the account and has no other session."""
    person = site.add_person(account_id, "Gil Reis", site.visitors["owner"].role)
    with visit(site) as page:
        cookies = site.sign_in(person.email)
        page.context.add_cookies([{"name": name, "value": text, "url": site.url} for name, text in cookies.items()])
        yield page


@pytest.mark.slow
def test_a_seventh_tab_opens_and_is_live(look_site: Site, visit: Visit) -> None:
    account_id = look_site.add_account("Tabs")
    path = f"/app/{account_id}/connect"
    with page_of_owner(look_site, visit, account_id) as page:
        first, *_ = open_tabs(page, path, hidden=True)
        seventh = page.context.new_page()
        with seventh.expect_request("**/events"):
            seventh.goto(path)
        with closing(look_site.server.client(account_id=account_id)) as client:
            client.new_lead(name="Ana Souza")
        expect(seventh.locator("#arrival")).to_contain_text("Ana Souza")
        with first.expect_request("**/events"):
            first.evaluate(HIDE, False)
        expect(first.locator("#arrival")).to_contain_text("Ana Souza")


@pytest.mark.slow
def test_seven_visible_tabs_work_and_hear_of_changes(look_site: Site, visit: Visit) -> None:
    """Those beyond the first few look again every few seconds, over connections that they give back."""
    account_id = look_site.add_account("Visible tabs")
    path = f"/app/{account_id}/connect"
    with page_of_owner(look_site, visit, account_id) as page:
        tabs = open_tabs(page, path, hidden=False)
        seventh = page.context.new_page()
        with seventh.expect_request("**/events"):
            seventh.goto(path)
        tabs.append(seventh)
        for tab in tabs:
            expect(tab.locator("#live")).to_have_attribute("data-state", "live")
        with closing(look_site.server.client(account_id=account_id)) as client:
            client.new_lead(name="Ana Souza")
        for tab in tabs:
            expect(tab.locator("#arrival")).to_contain_text("Ana Souza")
        tabs[0].close()
        with seventh.expect_response("**/events") as answer:
            pass
        assert answer.value.status == 200
        tabs[1].goto(f"/app/{account_id}/leads", timeout=5_000)
