"""The list of leads in a browser: by keyboard alone, in two browsers at once, back and forward, on a phone."""

from collections.abc import Iterator
from contextlib import closing, contextmanager

import pytest
from playwright.sync_api import Page, expect

from lab.browser import NARROW, USUAL, Look
from lab.server import Client
from lab.site import Site, Visitor, now_ms
from leadloop.core.people.roles import Role
from leadloop.web.queries import COLUMNS
from tests.support import axe
from tests.support.looks import overflow
from tests.web.conftest import Visit

SOON_MS = 2_500
"""How soon a change is seen, on a machine that may be busy. The poll of the feed takes 0.4 s."""


class Office:
    """An account of its own, with its owner and a key."""

    def __init__(self, site: Site, client: Client) -> None:
        self.site = site
        self.client = client
        self.owner: Visitor = site.add_person(client.account_id, "Olga Prado", Role.OWNER)
        self.path = f"/app/{client.account_id}/leads"

    @contextmanager
    def browser(self, visit: Visit, look: Look = USUAL) -> Iterator[Page]:
        with visit(self.site, None, look) as page:
            cookies = self.site.sign_in(self.owner.email)
            page.context.add_cookies(
                [{"name": name, "value": text, "url": self.site.url} for name, text in cookies.items()]
            )
            yield page

    def fill(self, count: int) -> list[str]:
        """Leads a minute apart, the last one the newest; their ids."""
        begin_ms = now_ms() - count * 60_000
        return [
            self.client.new_lead(name=f"Lead {number:02}", leadDate=begin_ms + number * 60_000)
            for number in range(count)
        ]


@pytest.fixture
def office(look_site: Site) -> Iterator[Office]:
    with closing(look_site.server.client(account_id=look_site.add_account("Escritório"))) as client:
        yield Office(look_site, client)


def live(page: Page) -> None:
    expect(page.locator("#live")).to_have_attribute("data-state", "live")


def names(page: Page) -> list[str]:
    return page.locator("#rows td.name a").all_text_contents()


def test_the_list_by_keyboard_alone(office: Office, visit: Visit) -> None:
    """From any page to the leads, through them, marks with and without a range, and into one."""
    office.fill(6)
    with office.browser(visit) as page:
        page.goto("/app/settings/me")
        page.keyboard.press("g")
        page.keyboard.press("l")
        page.wait_for_url(f"**{office.path}")
        focused = page.locator("#rows a:focus")
        page.keyboard.press("j")
        expect(focused).to_have_text("Lead 05")
        page.keyboard.press("j")
        page.keyboard.press("j")
        page.keyboard.press("k")
        expect(focused).to_have_text("Lead 04")
        page.keyboard.press("x")
        expect(page.locator("#marked")).to_have_text("1 marked")
        for _ in range(3):
            page.keyboard.press("j")
        page.keyboard.press("Shift+X")
        expect(page.locator("#marked")).to_have_text("4 marked")
        assert page.locator("tr[aria-selected=true]").count() == 4
        page.keyboard.press("x")
        expect(page.locator("#marked")).to_have_text("3 marked")
        page.locator("input[name=q]").first.focus()
        page.keyboard.type("xjk")
        expect(page.locator("#marked")).to_have_text("3 marked")
        page.locator("#rows a").nth(2).focus()
        page.keyboard.press("Enter")
        page.wait_for_url(f"**{office.path}/*")
        expect(page.locator("h1")).to_contain_text("Lead 03")


def test_back_and_forward_keep_place_and_marks(office: Office, visit: Visit) -> None:
    office.fill(56)
    with office.browser(visit) as page:
        page.goto(office.path)
        page.get_by_role("link", name="Next").click()
        expect(page.locator("#rows tr")).to_have_count(6)
        second = page.url
        for key in ("j", "x", "j", "j"):
            page.keyboard.press(key)
        opened = page.locator("#rows a:focus").text_content()
        page.keyboard.press("Enter")
        page.wait_for_url(f"**{office.path}/*")
        page.go_back()
        expect(page).to_have_url(second)
        expect(page.locator("#marked")).to_have_text("1 marked")
        expect(page.locator("tr.at td.name a")).to_have_text(opened or "")
        page.get_by_role("link", name="Previous").click()
        expect(page.locator("#rows tr")).to_have_count(50)
        expect(page.locator("#marked")).to_have_text("")
        page.go_back()
        expect(page.locator("#marked")).to_have_text("1 marked")
        page.go_forward()
        expect(page.locator("#rows tr")).to_have_count(50)


def test_a_link_opens_alike_in_a_fresh_browser(office: Office, visit: Visit) -> None:
    office.fill(4)
    address = f"{office.path}?q=lead -02&sort=date&columns=unit,stage,arrived&density=dense"
    seen = []
    for _ in range(2):
        with office.browser(visit) as page:
            page.goto(address)
            seen.append([*names(page), *page.locator("#rows").locator("xpath=..").locator("th").all_text_contents()])
            assert page.locator(".dense").count() == 1
    assert seen[0] == seen[1] and seen[0][:3] == ["Lead 00", "Lead 01", "Lead 03"]


def test_changes_by_others_come_in_place_and_new_leads_are_announced(office: Office, visit: Visit) -> None:
    ids = office.fill(5)
    with office.browser(visit) as page, office.browser(visit) as other:
        for each in (page, other):
            each.goto(office.path)
            live(each)
        other.goto(f"{office.path}?q=lead")
        live(other)
        row = page.locator(f"#l-{ids[2]}")
        row.locator("a").first.focus()
        page.keyboard.press("x")
        before = row.bounding_box()
        office.client.patch(ids[2], {"name": "Renata Lima", "status": "ACTIVE"})
        expect(row).to_contain_text("Renata Lima", timeout=SOON_MS)
        expect(row).to_contain_text("Active")
        expect(row.locator("a").first).to_be_focused()
        expect(row).to_have_attribute("aria-selected", "true")
        expect(other.locator(f"#l-{ids[2]} .gone")).to_have_count(1, timeout=SOON_MS)
        expect(other.locator(f"#l-{ids[2]}")).to_contain_text("Lead 02")
        office.client.patch(ids[2], {"name": "Lead again"})
        expect(other.locator(f"#l-{ids[2]}")).to_contain_text("Lead again", timeout=SOON_MS)
        expect(other.locator(f"#l-{ids[2]} .gone")).to_have_count(0)

        office.client.new_lead(name="Novo Um")
        expect(page.locator("#fresh")).to_have_text("1 new lead", timeout=SOON_MS)
        office.client.new_lead(name="Lead Dois")
        expect(page.locator("#fresh")).to_have_text("2 new leads", timeout=SOON_MS)
        expect(other.locator("#fresh")).to_have_text("1 new lead", timeout=SOON_MS)
        assert row.bounding_box() == before and len(names(page)) == 5
        page.locator("#fresh a").click()
        expect(page.locator("#rows tr")).to_have_count(7)
        expect(page.locator("#fresh")).to_have_text("")


def test_the_first_lead_of_a_search_is_announced(office: Office, visit: Visit) -> None:
    with office.browser(visit) as page:
        page.goto(f"{office.path}?q=ana")
        live(page)
        office.client.new_lead(name="Ana")
        page.locator("#fresh a").click(timeout=SOON_MS)
        expect(page.locator("#rows tr")).to_have_count(1)


def test_moves_of_rows_that_are_still_loading_load_together(office: Office, visit: Visit) -> None:
    ids = office.fill(2)
    with office.browser(visit) as page:
        page.goto(office.path)
        live(page)
        requests: list[str] = []
        page.on("request", lambda request: requests.extend([request.url] if "/leads/rows" in request.url else []))
        page.evaluate(
            """async (ids) => {
                for (let index = 0; index < 40; index++) {
                    const data = JSON.stringify({ leads: [ids[index % 2]] });
                    document.getElementById("live").dispatchEvent(new CustomEvent("moved", { detail: { data } }));
                    await 0;
                }
            }""",
            ids,
        )
        office.client.patch(ids[0], {"name": "At last"})
        expect(page.locator(f"#l-{ids[0]}")).to_contain_text("At last", timeout=SOON_MS)
        assert len(requests) <= 4
        assert all(any(lead_id in url for url in requests) for lead_id in ids)


def test_columns_are_chosen_and_moved_without_scripts(office: Office, visit: Visit) -> None:
    office.fill(1)
    with office.browser(visit, Look(has_scripts=False)) as page:
        page.goto(office.path)
        page.locator("summary").filter(has=page.locator("span", has_text="Display")).click()
        for column in ("phone", "source", "owner", "next", "tags", "value"):
            page.locator(f"input[value={column}]").uncheck()
        page.get_by_role("button", name="Move up: Arrived").click()
        expect(page).to_have_url(f"{office.site.url}{office.path}?columns=arrived,stage&choose=1")
        page.locator("input[value=unit]").check()
        page.get_by_text("Dense", exact=True).click()
        page.get_by_role("button", name="Show", exact=True).click()
        expect(page).to_have_url(f"{office.site.url}{office.path}?columns=arrived,stage,unit&density=dense")
        assert page.locator("details[open]").count() == 0


def test_on_a_phone_a_lead_is_a_card_with_call_and_whatsapp(office: Office, visit: Visit) -> None:
    office.client.new_lead(name="Ana Souza", phoneNumber="+5511987654321")
    office.client.new_lead(name="Sem Telefone", email="s@example.com")
    with office.browser(visit, Look("pt-BR", width=NARROW)) as page:
        page.goto(office.path)
        card = page.locator("#rows tr", has_text="Ana Souza")
        for label, href in (("Ligar", "tel:+5511987654321"), ("Escrever por WhatsApp", "https://wa.me/5511987654321")):
            button = card.get_by_role("link", name=label)
            assert button.get_attribute("href") == href
            box = button.bounding_box()
            assert box is not None and box["width"] >= 42 and box["height"] >= 42
        assert page.locator("#rows tr", has_text="Sem Telefone").get_by_role("link").count() == 1
        card_box = card.bounding_box()
        assert card_box is not None and card_box["height"] < 80
        page.mouse.click(card_box["x"] + 30, card_box["y"] + card_box["height"] - 8)
        page.wait_for_url(f"**{office.path}/*")


@pytest.mark.parametrize("width", [1440, NARROW])
def test_hostile_texts_in_every_column_break_nothing(look_site: Site, visit: Visit, width: int) -> None:
    with visit(look_site, "hostile", Look(width=width)) as page:
        for density in ("comfortable", "dense"):
            page.goto(f"/app/{look_site.hostile_id}/leads?density={density}&columns={','.join(COLUMNS)}")
            assert page.locator("#rows tr").count() > 1
            assert overflow(page) == [] and page.locator("#rows img").count() == 0
            assert axe.violations(page) == []
        page.goto(f"/app/{look_site.hostile_id}/leads?choose=1")
        assert overflow(page) == [] and axe.violations(page) == []
