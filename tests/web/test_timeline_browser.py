"""The timeline in a browser: it opens, filters, goes further back, and follows the lead without moving what is read."""

from contextlib import closing

import pytest
from playwright.sync_api import Page, expect

from lab.browser import Look
from lab.site import Site
from lab.stores import load
from tests.web.conftest import Visit
from tests.web.histories import details, history, iterate

pytestmark = pytest.mark.slow


def long_lead(site: Site, versions: int = 130) -> str:
    """The id of a lead with notes among many changes."""

    def patch_of(version: int) -> dict[str, object]:
        return {"notes": [{"text": f"Note of version {version}"}]} if version % 9 == 0 else details(version)

    saved = history(site.account_id, versions, patch_of)
    load(site.server.database, iterate(saved))
    return saved[0].lead.id


def path_of(site: Site, lead_id: str) -> str:
    return f"/app/{site.account_id}/leads/{lead_id}"


def live(page: Page) -> None:
    expect(page.locator("#live")).to_have_attribute("data-state", "live")


def test_an_entry_opens_filters_choose_and_earlier_ones_come(look_site: Site, visit: Visit) -> None:
    path = path_of(look_site, long_lead(look_site))
    with visit(look_site, "owner") as page:
        page.goto(path)
        timeline = page.locator("#timeline")
        entry = page.locator("#c130")
        entry.locator("summary").first.click()
        expect(entry.locator("del, ins").first).to_be_visible()

        timeline.get_by_role("link", name="Talk").click()
        expect(entry).to_have_count(0)
        expect(page.locator("#c126")).to_contain_text("Note of version 126")
        assert page.url.endswith("?show=talk#timeline")
        expect(timeline.get_by_role("link", name="Talk")).to_have_attribute("aria-current", "true")
        expect(timeline.get_by_role("link", name="Talk")).to_be_focused()
        expect(page.locator("#earlier, #c9")).not_to_have_count(0)

        timeline.get_by_role("link", name="All", exact=True).click()
        expect(entry).to_be_visible()
        page.locator("#earlier a").press("Enter")
        expect(page.locator("#c80")).to_be_attached()
        expect(page.locator("#earlier a")).to_be_focused()
        page.keyboard.press("Shift+Tab")
        expect(page.locator("#timeline li[id] summary").last).to_be_focused()
        while page.locator("#earlier a").count():
            first = page.locator("#timeline li[id]").count()
            page.locator("#earlier a").click()
            expect(page.locator("#timeline li[id]")).not_to_have_count(first)
        expect(page.locator("#timeline li[id]")).to_have_count(130)
        expect(page.locator("#c1")).to_contain_text("created the lead")
        days = page.locator("#timeline .day").all_text_contents()
        assert len(days) == len(set(days))


def test_new_entries_come_on_top_without_closing_or_moving_what_is_read(look_site: Site, visit: Visit) -> None:
    lead_id = long_lead(look_site)
    with closing(look_site.server.client(account_id=look_site.account_id)) as client, visit(look_site, "owner") as page:
        page.goto(path_of(look_site, lead_id))
        live(page)
        entry = page.locator("#c120")
        entry.scroll_into_view_if_needed()
        entry.locator("summary").first.click()
        newest = page.locator("#c130 details").first
        newest.evaluate("details => details.open = true")
        page.evaluate("scrollBy(0, 200)")
        place = entry.bounding_box()
        assert place is not None
        requests: list[str] = []
        page.on("request", lambda request: requests.append(request.url))
        client.patch(lead_id, {"lastMessage": {"id": "m1", "content": "Good morning", "messageSender": "lead"}})
        client.patch(lead_id, {"note": "Called back"})
        expect(page.locator("#newest")).to_contain_text("Good morning")
        expect(page.locator("#newest")).to_contain_text("Called back")
        moved = entry.bounding_box()
        assert moved is not None and abs(moved["y"] - place["y"]) < 2
        assert entry.locator("details").first.evaluate("details => details.open")
        assert newest.evaluate("details => details.open")
        assert any("/timeline?since=130" in url for url in requests)

        requests.clear()
        other = client.new_lead(name="Somebody else")
        client.patch(lead_id, {"note": "The last one"})
        expect(page.locator("#newest")).to_contain_text("The last one")
        assert sum("/timeline?" in url for url in requests) == 1 and not any(other in url for url in requests)


def test_a_filter_follows_the_lead_too(look_site: Site, visit: Visit) -> None:
    lead_id = long_lead(look_site)
    with closing(look_site.server.client(account_id=look_site.account_id)) as client, visit(look_site, "owner") as page:
        page.goto(path_of(look_site, lead_id))
        live(page)
        page.locator("#timeline").get_by_role("link", name="Talk").click()
        expect(page.locator("#newest #c126")).to_be_visible()
        client.patch(lead_id, {"city": "Campinas"})
        client.patch(lead_id, {"lastMessage": {"id": "m1", "content": "Good morning", "messageSender": "lead"}})
        expect(page.locator("#newest")).to_contain_text("Good morning")
        expect(page.locator("#newest li[id]")).to_have_count(2)
        page.goto(path_of(look_site, lead_id) + "?show=webhooks")
        expect(page.locator("#newest li")).to_have_count(0)
        expect(page.locator("#timeline")).to_contain_text("No webhooks were sent")


def test_it_works_without_scripts(look_site: Site, visit: Visit) -> None:
    path = path_of(look_site, long_lead(look_site))
    with visit(look_site, "owner", Look("pt-BR", has_scripts=False)) as page:
        page.goto(path)
        page.get_by_role("link", name="Conversas").click()
        expect(page.locator("#c126")).to_contain_text("Note of version 126")
        expect(page.locator("#c130")).to_have_count(0)
        page.get_by_role("link", name="Todos", exact=True).click()
        page.get_by_role("link", name="Anteriores").click()
        expect(page.locator("#c130")).to_have_count(0)
        page.locator("#timeline li[id] summary").first.click()
        expect(page.locator("#timeline li[id] ins").first).to_be_visible()
        page.get_by_role("link", name="Voltar às mais recentes").click()
        expect(page.locator("#c130")).to_be_visible()
