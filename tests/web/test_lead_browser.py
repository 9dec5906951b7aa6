"""The page of a lead in a browser: with the keyboard alone, live, through its versions, copied, on a phone."""

import json
import re
from collections.abc import Iterator
from contextlib import closing
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Page, expect

from lab.browser import NARROW, Chromium, Look
from lab.server import Client
from lab.site import Site
from leadloop.core.people.roles import Role
from tests.support.catalogue import create
from tests.support.looks import overflow
from tests.web.conftest import Visit
from tests.web.office import link_salesperson


@pytest.fixture
def client(look_site: Site) -> Iterator[Client]:
    client = look_site.server.client(account_id=look_site.account_id)
    yield client
    client.close()


def path_of(site: Site, lead_id: str, rest: str = "") -> str:
    return f"/app/{site.account_id}/leads/{lead_id}{rest}"


def wait_until_live(page: Page) -> None:
    expect(page.locator("#live")).to_have_attribute("data-state", "live")


def test_from_list_to_lead_to_lead_with_keys(look_site: Site, visit: Visit, client: Client) -> None:
    ids = [client.new_lead(name=f"Keys {n}", tags=[{"name": "keyboard"}]) for n in range(3)]
    listed = f"/app/{look_site.account_id}/leads?q=tag:keyboard"
    with visit(look_site, "owner") as page:
        page.goto(listed)
        page.keyboard.press("j")
        page.keyboard.press("Enter")
        heading = page.locator("h1")
        expect(heading).to_have_text("Keys 2")
        for key, name in (("j", "Keys 1"), ("j", "Keys 0"), ("k", "Keys 1")):
            page.keyboard.press(key)
            expect(heading).to_have_text(name)
        page.keyboard.press("?")
        expect(page.locator("#shortcuts")).to_contain_text("Next lead of the list")
        page.keyboard.press("Escape")
        page.get_by_role("link", name="Back to the list").focus()
        page.keyboard.press("Enter")
        page.wait_for_url(f"**{listed}")
        assert page.locator("tbody tr").count() == len(ids)


def test_what_changes_is_shown_and_what_is_open_stays_open(look_site: Site, visit: Visit, client: Client) -> None:
    lead_id = client.new_lead(name="Before", email="a@x.example", leadAttributionUser={"id": "u1", "userName": "Bia"})
    other_id = client.new_lead(name="Another")
    with visit(look_site, "owner") as page:
        page.goto(path_of(look_site, lead_id))
        wait_until_live(page)
        page.locator("#e-contact summary").click()
        page.locator("[popovertarget=more]").click()
        expect(page.locator("#json-expad")).to_be_attached()
        page.locator("#g-further > summary").click()
        page.locator(".why").click()
        expect(page.locator(".why-details .quote")).to_contain_text("Assigned by")
        page.locator("#g-further .edit").first.focus()
        loads: list[str] = []
        page.on("request", lambda request: loads.append(request.url))
        client.patch(other_id, {"name": "Somebody else"})
        client.patch(lead_id, {"name": "After", "phoneNumber": "11 98765-4321"})
        expect(page.locator("h1")).to_have_text("After")
        expect(page.get_by_role("link", name="Call")).to_have_attribute("href", "tel:+5511987654321")
        for name in ("#e-contact", "#g-further", ".why-details"):
            expect(page.locator(name)).to_have_attribute("open", "")
        expect(page.locator(".why-details .quote")).to_contain_text("Assigned by")
        assert page.evaluate("document.activeElement.classList.contains('edit')")
        expect(page.locator("#json-expad")).to_contain_text("After")
        assert len([url for url in loads if "/facts" in url]) == 1, loads
        client.patch(lead_id, {"leadAttributionUser": {"id": "u2", "userName": "Caio"}})
        expect(page.locator(".why-details")).to_contain_text("Caio")
        expect(page.locator(".why-details")).not_to_contain_text("Assigned by")


def test_the_slider_goes_through_the_versions(look_site: Site, visit: Visit, client: Client) -> None:
    lead_id = client.new_lead(name="Version 1")
    for version in (2, 3, 4):
        client.patch(lead_id, {"name": f"Version {version}"})
    with visit(look_site, "owner") as page:
        page.goto(path_of(look_site, lead_id, "?from=q%3Dtag%253Ax"))
        slider = page.locator("#as-of")
        slider.focus()
        page.keyboard.press("ArrowLeft")
        page.keyboard.press("ArrowLeft")
        expect(page.locator("output[for=as-of]")).to_have_text("2")
        page.wait_for_url("**asOf=2*")
        expect(page.locator("h1")).to_have_text("Version 2")
        expect(page.locator("#live")).to_have_count(0)
        page.get_by_role("link", name="Later").click()
        expect(page.locator("h1")).to_have_text("Version 3")
        page.get_by_role("link", name="Back to now").click()
        expect(page.locator("h1")).to_have_text("Version 4")
        assert page.url.endswith("?from=q%3Dtag%253Ax")


def test_without_scripts_every_part_can_be_opened(look_site: Site, visit: Visit, client: Client) -> None:
    lead_id = client.new_lead(name="Plain 1", leadAttributionUser={"id": "u1", "userName": "Bia"})
    client.patch(lead_id, {"name": "Plain 2"})
    with visit(look_site, "owner", Look(has_scripts=False)) as page:
        page.goto(path_of(look_site, lead_id))
        assert page.locator("[data-copy]:visible").count() == 0
        page.locator(".why").click()
        page.get_by_role("link", name="Look it up").click()
        expect(page.locator(".why-details .quote")).to_contain_text("Assigned by")
        page.locator("[popovertarget=more]").click()
        page.get_by_role("link", name="Show JSON and curl").first.click()
        expect(page.locator("#curl-leadsail")).to_contain_text(f"leads/lead_{lead_id}")
        page.locator("#as-of").fill("1")
        page.get_by_role("button", name="Show").click()
        expect(page.locator("h1")).to_have_text("Plain 1")


def test_a_lead_is_copied_from_the_menu(look_site: Site, visit: Visit, client: Client) -> None:
    lead_id = client.new_lead(name="Copy me", phoneNumber="11 98765-4321")
    with visit(look_site, "owner") as page:
        page.context.grant_permissions(["clipboard-read", "clipboard-write"])
        page.goto(path_of(look_site, lead_id))
        page.locator("[popovertarget=more]").click()
        expect(page.locator("#json-expad")).to_be_attached()

        def copied() -> str:
            expect(page.locator("#toasts .toast").last).to_contain_text("Copied")
            return str(page.evaluate("navigator.clipboard.readText()"))

        page.get_by_role("button", name="Copy as JSON · Expad").click()
        assert json.loads(copied()) == client.get(lead_id)
        page.get_by_role("button", name="Copy as curl · LeadSail").click()
        assert copied().startswith(f"curl {look_site.url}/api/v1/leads/lead_{lead_id}")
        page.get_by_role("button", name="Copy: Phone").click()
        assert copied() == "+5511987654321"
        page.locator("[popovertarget=more]").click()
        page.keyboard.press("Escape")
        expect(page.locator("#more")).not_to_be_visible()


def test_on_a_phone_timeline_and_fields_are_two_tabs(look_site: Site, visit: Visit, client: Client) -> None:
    lead_id = client.new_lead(name="Ana", email="a@x.example", phoneNumber="11 98765-4321")
    for has_scripts in (True, False):
        with visit(look_site, "owner", Look("pt-BR", width=NARROW, has_scripts=has_scripts)) as page:
            page.goto(path_of(look_site, lead_id, "?from="))
            assert overflow(page) == []
            timeline, fields = page.locator("#timeline"), page.locator(".fields")
            expect(timeline).to_be_visible()
            expect(fields).not_to_be_visible()
            page.get_by_text("Dados", exact=True).click()
            expect(fields).to_be_visible()
            expect(timeline).not_to_be_visible()
            assert overflow(page) == []
            for link in page.locator(".title .acts > .btn").all():
                box = link.bounding_box()
                assert box is not None and box["height"] >= 40


def test_a_page_of_a_lead_that_is_gone_says_so(look_site: Site, visit: Visit, client: Client) -> None:
    lead_id = client.new_lead(name="Gone")
    with visit(look_site, "owner", Look("pt-BR")) as page:
        page.goto(path_of(look_site, lead_id))
        wait_until_live(page)
        client.leadsail("DELETE", f"leads/lead_{lead_id}")
        expect(page.locator(".gone-note")).to_contain_text("Este lead foi apagado")
        expect(page.locator("h1")).to_have_css("text-decoration-line", re.compile("line-through"))


def test_a_lead_that_is_no_longer_visible_leaves_the_page(look_site: Site, visit: Visit) -> None:
    account_id = look_site.add_account("Own", agents_see_own=True)
    agent = look_site.add_person(account_id, "Clara Dias", Role.AGENT)
    with closing(look_site.server.client(account_id=account_id)) as client:
        create(client, "users", id="clara", name="Clara Dias", isRealUser=True)
        link_salesperson(look_site, agent, "clara")
        lead_id = client.new_lead(name="Mine", leadAttributionUser={"id": "clara"})
        look_site.visitors["own agent"] = agent
        with visit(look_site, "own agent") as page:
            page.goto(f"/app/{account_id}/leads/{lead_id}")
            expect(page.locator("h1")).to_have_text("Mine")
            client.patch(lead_id, {"leadAttributionUser": {"id": "bia"}})
            page.evaluate("document.getElementById('lead').dispatchEvent(new Event('moved'))")
            expect(page.locator("h1")).to_contain_text("Lead not found")


def test_copying_works_by_plain_http_too(look_site: Site, chromium: Chromium, client: Client) -> None:
    lead_id = client.new_lead(name="Plain http")
    url = f"http://leads.test:{urlsplit(look_site.url).port}"
    ignored = ["Cross-Origin-Opener-Policy header has been ignored"]
    with chromium.in_use(), chromium.visit(url, look_site.cookies("owner"), may_log=ignored) as page:
        page.goto(path_of(look_site, lead_id))
        page.locator("[popovertarget=more]").click()
        expect(page.locator("#json-expad")).to_be_attached()
        page.get_by_role("button", name="Copy as JSON · Expad").click()
        expect(page.locator("#toasts .toast")).to_contain_text("Copied")
        page.keyboard.press("Control+k")
        page.keyboard.press("Control+v")
        assert "Plain http" in page.locator("#palette input").input_value()
