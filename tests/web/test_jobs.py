"""The main job of each page in a browser, by keyboard alone where a person would use it."""

import html
import re
import subprocess

from playwright.sync_api import Page, expect

from lab.browser import NARROW, Look
from lab.site import Site
from tests.web.conftest import Visit
from tests.web.pages import new_owner


def enter(site: Site, page: Page, email: str) -> None:
    """Signs the browser in."""
    page.context.add_cookies(
        [{"name": name, "value": value, "url": site.url} for name, value in site.sign_in(email).items()]
    )


def test_the_first_lead_appears_by_itself(site: Site, visit: Visit) -> None:
    account_id, email = new_owner(site)
    with visit(site) as page:
        enter(site, page, email)
        page.goto("/app")
        expect(page).to_have_url(re.compile(f"/app/{account_id}/connect$"))
        expect(page.get_by_text("Waiting for the first lead")).to_be_visible()
        page.get_by_role("button", name="Make a key for this test").press("Enter")
        command = html.unescape(page.locator("#curl-expad").text_content() or "")
        assert "ll_live_" in command
        expect(page.locator("#php-leadsail")).to_be_hidden()
        page.get_by_role("radio", name="PHP", exact=True).check(force=True)
        page.get_by_role("radio", name="LeadSail").check(force=True)
        expect(page.locator("#php-leadsail")).to_be_visible()

        subprocess.run(["sh", "-c", command], capture_output=True, timeout=60, check=True)
        expect(page.get_by_text("Ana Souza", exact=True)).to_be_visible()
        assert "ll_live_" in (page.locator("#key").text_content() or ""), "the key stays while the lead comes"
        page.reload()
        expect(page).to_have_url(re.compile("/connect$"))
        assert "ll_live_" not in page.content()


def test_a_key_is_made_copied_and_turns_green(site: Site, visit: Visit) -> None:
    account_id, email = new_owner(site)
    with visit(site) as page:
        enter(site, page, email)
        page.goto(f"/app/{account_id}/keys")
        page.get_by_role("link", name="New key").first.press("Enter")
        page.get_by_label("Name").fill("CRM bridge")
        page.keyboard.press("Enter")
        key = page.locator("#key").text_content() or ""
        assert re.fullmatch(r"ll_live_[0-9A-Za-z]{12}_[0-9A-Za-z]{38}", key)
        page.context.grant_permissions(["clipboard-read", "clipboard-write"])
        page.get_by_role("button", name="Copy").first.press("Enter")
        expect(page.get_by_text("Copied", exact=True)).to_be_visible()
        assert page.evaluate("() => navigator.clipboard.readText()") == key

        body = {"name": "Ana", "phoneNumber": "11 98765-4321"}
        with site.http() as http:
            http.post(f"/v1/account/{account_id}/lead", json=body, headers={"X-API-Key": key}).raise_for_status()
        expect(page.get_by_text("The key was used")).to_be_visible()
        page.reload()
        expect(page.get_by_role("heading", name="API keys")).to_be_visible()
        assert key not in page.content()


def test_somebody_is_invited_and_signed_out_on_a_phone(site: Site, visit: Visit) -> None:
    account_id, email = new_owner(site)
    with visit(site, None, Look("pt-BR", width=NARROW)) as page:
        enter(site, page, email)
        page.goto("/app/settings/me")
        page.get_by_role("link", name="Pessoas").click()
        page.get_by_label("Nome").fill("Breno Lima")
        page.get_by_label("E-mail").fill(f"{account_id}@example.com")
        page.get_by_role("button", name="Convidar").click()
        expect(page.locator("#link")).to_contain_text("/app/welcome/")
        page.get_by_role("link", name="Ver todas as pessoas").click()
        page.get_by_role("link", name="Breno Lima").click()
        page.get_by_role("button", name="Sair de todos os lugares").click()
        expect(page.locator(".toast")).to_contain_text("não alcançam mais esta conta")


def test_settings_are_saved_and_the_page_says_so(site: Site, visit: Visit) -> None:
    account_id, email = new_owner(site)
    with visit(site) as page:
        enter(site, page, email)
        page.goto(f"/app/{account_id}/settings/account")
        page.get_by_label("Currency").select_option("EUR")
        page.get_by_label("Monday").fill("eight to six")
        page.get_by_role("button", name="Save").click()
        expect(page.get_by_label("Monday")).to_have_attribute("aria-invalid", "true")
        expect(page.get_by_label("Currency")).to_have_value("EUR")
        page.get_by_label("Monday").fill("08:00-18:00")
        page.get_by_label("Monday").press("Enter")
        expect(page.locator(".toast")).to_have_text("Saved.")
        expect(page.get_by_label("Monday")).to_have_value("08:00-18:00")


def test_the_palette_and_the_shortcuts_lead_to_every_page(look_site: Site, visit: Visit) -> None:
    with visit(look_site, "owner") as page:
        page.goto(f"/app/{look_site.account_id}/connect")
        page.keyboard.press("Control+k")
        expect(page.get_by_role("dialog")).to_be_visible()
        page.keyboard.type("api k")
        page.keyboard.press("ArrowDown")
        page.keyboard.press("ArrowUp")
        page.keyboard.press("Escape")
        expect(page.get_by_role("dialog")).to_be_hidden()
        page.keyboard.press("Control+k")
        page.keyboard.type("invite")
        page.keyboard.press("Enter")
        expect(page).to_have_url(re.compile("/settings/people$"))

        page.get_by_label("Name").fill("g k ?")
        expect(page).to_have_url(re.compile("/settings/people$"))
        page.get_by_label("Name").blur()
        page.keyboard.press("?")
        expect(page.get_by_role("dialog", name="Keyboard")).to_be_visible()
        page.keyboard.press("Escape")
        expect(page.locator("dialog[open]")).to_have_count(0)
        page.keyboard.press("g")
        page.keyboard.press("k")
        expect(page).to_have_url(re.compile("/keys$"))


def test_single_keys_do_nothing_once_they_are_off(look_site: Site, visit: Visit) -> None:
    _, email = new_owner(look_site)
    with visit(look_site) as page:
        enter(look_site, page, email)
        page.goto("/app/settings/me")
        page.get_by_label("Single keys are shortcuts").uncheck()
        page.get_by_role("button", name="Save").click()
        expect(page.locator(".toast")).to_be_visible()
        page.keyboard.press("?")
        page.keyboard.press("g")
        page.keyboard.press("k")
        expect(page.locator("dialog[open]")).to_have_count(0)
        expect(page).to_have_url(re.compile("/settings/me$"))
        page.keyboard.press("Control+k")
        expect(page.get_by_role("dialog")).to_be_visible()


def test_a_hidden_page_counts_new_leads_in_its_title_and_icon(site: Site, visit: Visit) -> None:
    account_id, email = new_owner(site)
    with visit(site) as page:
        enter(site, page, email)
        page.clock.install()
        page.goto(f"/app/{account_id}/keys")
        page.evaluate(HIDE, True)
        page.clock.fast_forward(61_000)
        expect(page).to_have_title("API keys · leadloop")
        client = site.server.client(account_id=account_id)
        client.new_lead(name="Ana")
        client.new_lead(name="Bia")
        client.close()
        page.clock.fast_forward(61_000)
        expect(page).to_have_title("(2) API keys · leadloop")
        expect(page.locator("link[rel=icon]")).to_have_attribute("href", re.compile("mark-unread.svg$"))
        page.evaluate(HIDE, False)
        expect(page).to_have_title("API keys · leadloop")
        expect(page.locator("link[rel=icon]")).to_have_attribute("href", re.compile("mark.svg$"))


HIDE = """hidden => {
  Object.defineProperty(document, "hidden", { get: () => hidden, configurable: true });
  document.dispatchEvent(new Event("visibilitychange"));
}"""
"""What a browser does when its person looks at another tab, and back."""
