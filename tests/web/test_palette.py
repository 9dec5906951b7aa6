"""The palette (Ctrl K) finds leads by name, e-mail and phone, whatever is typed."""

import re
from collections.abc import Iterator
from urllib.parse import quote

import httpx
import pytest
from playwright.sync_api import Page, expect

from lab.browser import NARROW, Look
from lab.server import Client
from lab.site import HOSTILE, Site
from lab.stores import START_MS, create, with_store, write_of
from leadloop.core.store import Store
from tests.support import axe
from tests.support.looks import overflow
from tests.web.conftest import Visit
from tests.web.pages import open_page, text_of

QUERY_LIKE = [
    '"',
    "-",
    "stage:",
    "user:me",
    'name:"x',
    "value>>1",
    "a" * 2_000,
    "x " * 500,
    "\x00\ud800".encode("utf-16", "surrogatepass").hex(),
]


@pytest.fixture
def client(site: Site) -> Iterator[Client]:
    client = site.server.client(account_id=site.account_id)
    yield client
    client.close()


def find(http: httpx.Client, account_id: str, text: str) -> str:
    """What a reader sees."""
    return text_of(open_page(http, f"/app/{account_id}/palette?q={quote(text)}")).strip()


def test_leads_are_found_by_name_email_and_phone(site: Site, client: Client) -> None:
    lead = client.new_lead(name="Zuleica Palette", email="zu.palette@x.example", phoneNumber="+55 11 98111-4477")
    with site.http(site.cookies("owner")) as http:
        for text in ("zuleica", "ZULEICA pal", "zu.palette@x", "11 98111-4477", "(11)981114477", lead):
            shown = find(http, site.account_id, text)
            assert shown == "Zuleica Palette (11) 98111-4477 · zu.palette@x.example New", text
        for text in ("", " ", "z", "zuleica nobody", "name:zuleica", '-"zuleica" stage:LOST'):
            assert find(http, site.account_id, text) == "", text


def test_nothing_that_is_typed_is_a_mistake(site: Site, client: Client) -> None:
    client.new_lead(name="Quoted Palette")
    with site.http(site.cookies("owner")) as http:
        assert find(http, site.account_id, '"quoted palette').startswith("Quoted Palette")
        for text in QUERY_LIKE:
            find(http, site.account_id, text)


def test_at_most_eight_leads_the_newest_first(site: Site) -> None:
    async def fill(store: Store) -> None:
        for number in range(10):
            await create(store, write_of(site.account_id, START_MS + number), name=f"Octavia {number}")

    with_store(site.server.database, fill)
    with site.http(site.cookies("read-only")) as http:
        shown = open_page(http, f"/app/{site.account_id}/palette?q=octavia").text
    assert re.findall(r"Octavia (\d)", shown) == list("98765432")


def test_a_lead_is_opened_with_the_keyboard(look_site: Site, visit: Visit) -> None:
    account_id = look_site.account_id
    client = look_site.server.client(account_id=account_id)
    client.new_lead(name="Wanda Reis", email="wanda@x.example", phoneNumber="+55 11 98222-1010")
    client.new_lead(name="Wanda Melo")
    client.close()
    with visit(look_site, "agent", Look("pt-BR")) as page:
        page.goto(f"/app/{account_id}/leads")
        type_in(page, "wanda")
        dialog = page.get_by_role("dialog")
        expect(dialog.get_by_role("link")).to_have_text([re.compile("Wanda Melo"), re.compile("Wanda Reis")])
        expect(dialog.get_by_role("status")).to_have_text("2 resultados")
        assert axe.violations(page) == []
        page.keyboard.press("ArrowDown")
        page.keyboard.press("ArrowDown")
        page.keyboard.press("Enter")
        expect(page.locator("h1")).to_have_text("Wanda Reis")
        type_in(page, "2221010")
        expect(dialog.get_by_role("link")).to_have_count(1)
        page.keyboard.press("Escape")
        page.keyboard.press("Control+k")
        expect(dialog.locator("#found li")).to_have_count(0)
        page.keyboard.type("wanda melo")
        page.keyboard.press("Enter")  # before the server has answered
        expect(page.locator("h1")).to_have_text("Wanda Melo")
        type_in(page, "nobody of that name")
        expect(dialog.get_by_text("Nada tem esse nome.")).to_be_visible()


def type_in(page: Page, text: str) -> None:
    page.keyboard.press("Control+k")
    page.keyboard.type(text)


def test_hostile_names_are_shown_as_they_are(look_site: Site, visit: Visit) -> None:
    with visit(look_site, "hostile", Look(width=NARROW)) as page:
        page.goto(f"/app/{look_site.hostile_id}/keys")
        type_in(page, "img src")
        first = page.locator("#found li").first
        expect(first).to_contain_text("{{ 7*7 }}%s")
        assert HOSTILE[:20] in (first.text_content() or "")
        assert page.locator("img").count() == 0
        assert overflow(page) == []
