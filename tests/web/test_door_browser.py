"""The door in a browser: plain http by a name, and a server that restarts under an open page."""

import re
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Page, expect

from lab.browser import Chromium, Look
from lab.server import Leadloop, running
from lab.site import PASSWORD, Site
from tests.conftest import new_database
from tests.web.conftest import Visit

NAME = "leads.test"
"""Leads to 127.0.0.1, and is no loopback name: there browsers send no Sec-Fetch-Site, and take no secure cookie."""
IGNORED = ["Cross-Origin-Opener-Policy header has been ignored", "Clear-Site-Data header"]
"""What browsers heed by https only, and say so."""


def fill_sign_in(page: Page, email: str) -> None:
    page.locator("[name=email]").fill(email)
    page.locator("[name=password]").fill(PASSWORD)
    page.keyboard.press("Enter")


def test_everything_works_by_plain_http_and_a_name(look_site: Site, chromium: Chromium) -> None:
    url = f"http://{NAME}:{urlsplit(look_site.url).port}"
    owner = look_site.add_person(look_site.empty_id, "Iris Melo", look_site.visitors["owner"].role)
    with chromium.in_use(), chromium.visit(url, may_log=IGNORED) as page:
        page.goto(f"/app/{look_site.empty_id}/connect")
        assert page.evaluate("!isSecureContext && !navigator.clipboard")
        fill_sign_in(page, owner.email)
        page.wait_for_url("**/connect")
        expect(page.locator(".note.warn")).to_contain_text("not encrypted")
        expect(page.locator("#live")).to_have_attribute("data-state", "live")
        page.locator("[data-copy]").first.click()
        expect(page.locator("#toasts")).to_contain_text("Copied")
        page.goto(f"/app/{look_site.empty_id}/keys/new")
        page.locator("[name=name]").fill("Site")
        page.locator("form button[type=submit].main-act").click()
        expect(page.locator("body")).to_contain_text("ll_live_")
        page.locator("form[action='/app/sign-out'] button").click()
        page.wait_for_url("**/app/sign-in")
        page.goto(f"/app/{look_site.empty_id}/connect")
        page.wait_for_url(re.compile(r".*/app/sign-in\?next=.*"))


def test_without_scripts_everything_works_too(look_site: Site, visit: Visit) -> None:
    owner = look_site.add_person(look_site.empty_id, "Iris Melo", look_site.visitors["owner"].role)
    with visit(look_site, None, Look("pt-BR", has_scripts=False)) as page:
        page.goto("/app")
        fill_sign_in(page, owner.email)
        page.wait_for_url("**/connect")
        page.goto("/app/settings/me")
        page.locator("[name=name]").fill("Iris Maria")
        page.locator("form button[type=submit].main-act").first.click()
        expect(page.locator("#toasts .toast")).to_be_visible()
        page.reload()
        expect(page.locator("#toasts .toast")).to_have_count(0)
        expect(page.locator("[name=name]")).to_have_value("Iris Maria")


def test_a_page_says_when_it_is_cut_off_and_connects_again_by_itself(
    tmp_path_factory: pytest.TempPathFactory, request: pytest.FixtureRequest, chromium: Chromium
) -> None:
    server = Leadloop("sqlite", new_database("sqlite", tmp_path_factory.mktemp("restart"), request))
    with running(server):
        site = Site(server, leads=1)
        cookies = site.cookies("stranger")
        with (
            chromium.in_use(),
            chromium.visit(site.url, cookies, may_log=["ERR_CONNECTION_REFUSED", "htmx:sse:error"]) as page,
        ):
            page.goto(f"/app/{site.empty_id}/connect")
            dot = page.locator("#live")
            expect(dot).to_have_attribute("data-state", "live")
            assert server.stop() == 0
            expect(dot).to_have_attribute("data-state", "lost")
            expect(dot).to_contain_text(re.compile(r"Not live since \d"))
            server.start()
            expect(dot).to_have_attribute("data-state", "live")
            client = server.client(account_id=site.empty_id)
            client.new_lead(name="Ana Souza")
            expect(page.locator("#arrival")).to_contain_text("Ana Souza")
            client.close()
