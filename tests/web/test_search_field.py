"""The search field of the list of leads: terms as chips, completion, mistakes at their place, and empty lists."""

import time
from urllib.parse import parse_qs, urlsplit

import pytest
from playwright.sync_api import Page, Route, expect

from lab.browser import NARROW, Look
from lab.site import HOSTILE, Site
from leadloop.core.people.roles import Role
from tests.support import axe
from tests.web.conftest import Visit
from tests.web.pages import open_page, text_of

OPTIONS = "#completions [role=option]"


def query_of(page: Page) -> str:
    return parse_qs(urlsplit(page.url).query).get("q", [""])[0]


def leads_of(site: Site) -> str:
    return f"/app/{site.account_id}/leads"


def test_terms_are_chips_that_say_what_they_mean(site: Site) -> None:
    query = {"q": 'stage:NEW,LOST -source:DIRECT created:-29d..today has:email "ana maria" value>1000 2026'}
    with site.http(site.cookies("owner")) as client:
        english = text_of(client.get(leads_of(site), params=query))
        portuguese = text_of(client.get(leads_of(site), params=query, headers={"Accept-Language": "pt-BR"}))
    for words in (
        *("stage New or Lost", "minus source Direct visit", "created last 30 days", "with e-mail", "“ana maria”"),
        "value over 1,000.00",
    ):
        assert words in english
    for words in (
        *("etapa Novo ou Perdido", "menos origem Visita direta", "criação últimos 30 dias", "com e-mail"),
        "valor acima de 1.000,00",
    ):
        assert words in portuguese


def test_a_chip_leads_to_the_list_without_it(site: Site, visit: Visit) -> None:
    with visit(site, "owner") as page:
        page.goto(f"{leads_of(site)}?q=stage%3ANEW%20maria&sort=created")
        page.locator(".term", has_text="stage New").click()
        expect(page.locator(".term")).to_have_count(1)
        assert query_of(page) == "maria" and "sort=created" in page.url


def test_typing_adds_to_the_terms_and_the_address_has_them_all(site: Site, visit: Visit) -> None:
    with visit(site, "owner") as page:
        page.goto(f"{leads_of(site)}?q=stage%3ANEW&sort=created")
        field = page.get_by_role("combobox", name="Name, phone")
        expect(field).to_have_value("")
        page.keyboard.press("/")
        expect(field).to_be_focused()
        page.keyboard.type("maria")
        page.keyboard.press("Enter")
        expect(page.locator(".term")).to_have_count(2)
        assert query_of(page) == "stage:NEW maria" and page.url.endswith("&sort=created")


def test_completion_is_a_combobox(site: Site, visit: Visit) -> None:
    with visit(site, "owner") as page:
        page.goto(leads_of(site))
        field = page.locator("#search")
        field.click()
        page.keyboard.type("sta")
        expect(page.locator(OPTIONS).first).to_contain_text("stage")
        expect(field).to_have_attribute("aria-expanded", "true")
        page.keyboard.press("ArrowDown")
        expect(field).to_have_attribute("aria-activedescendant", "option1")
        expect(page.locator("#option1")).to_have_attribute("aria-selected", "true")
        assert axe.violations(page) == []
        page.keyboard.press("Enter")
        expect(field).to_have_value("stage:")
        expect(page.locator(OPTIONS)).to_have_count(4)
        page.keyboard.press("ArrowUp")
        expect(page.locator(f"{OPTIONS}[aria-selected=true]")).to_have_text("LostLOST")
        page.keyboard.press("ArrowDown")
        expect(page.locator(f"{OPTIONS}[aria-selected=true]")).to_have_count(0)
        page.keyboard.press("Escape")
        expect(page.locator(OPTIONS)).to_have_count(0)
        expect(field).to_have_attribute("aria-expanded", "false")
        page.keyboard.type("lo")
        page.locator(OPTIONS, has_text="Lost").click()
        expect(field).to_have_value("stage:LOST ")
        expect(field).to_be_focused()
        page.keyboard.press("Enter")
        expect(page.locator(".term", has_text="stage Lost")).to_be_visible()
        assert query_of(page) == "stage:LOST"


def test_words_are_completed_to_people_and_the_middle_of_a_query_too(look_site: Site, visit: Visit) -> None:
    with visit(look_site, "owner", Look("pt-BR", width=NARROW)) as page:
        page.goto(leads_of(look_site))
        field = page.locator("#search")
        field.click()
        page.keyboard.type("amand")
        page.locator(OPTIONS, has_text="responsável").first.click()
        expect(field).to_have_value('user:"Amanda Torres" ')
        field.fill("eta maria")
        field.evaluate("field => field.setSelectionRange(3, 3)")
        field.dispatch_event("input")
        page.locator(OPTIONS, has_text="etapa").first.click()
        expect(field).to_have_value("stage: maria")


def test_mistakes_are_marked_at_their_place_and_mended(site: Site, visit: Visit) -> None:
    with visit(site, "owner") as page:
        answer = page.goto(f"{leads_of(site)}?q=maria%20unti%3ACentro%20status%3Anwe&sort=created")
        assert answer is not None and answer.status == 422
        field = page.locator("#search")
        expect(field).to_have_value("maria unti:Centro status:nwe")
        expect(field).to_have_attribute("aria-invalid", "true")
        expect(page.locator("mark")).to_have_text(["unti", "nwe"])
        assert axe.violations(page) == []
        page.get_by_role("link", name="Write unit instead").click()
        expect(page.locator("mark")).to_have_text(["nwe"])
        field.fill("maria unit:Centro")
        field.press("Enter")
        expect(page.locator(".term")).to_have_count(2)
        assert query_of(page) == "maria unit:Centro" and "sort=created" in page.url


def test_without_scripts_the_field_has_the_whole_query(look_site: Site, visit: Visit) -> None:
    with visit(look_site, "owner", Look(has_scripts=False)) as page:
        page.goto(f"{leads_of(look_site)}?q=stage%3ANEW%20zzzz")
        field = page.locator("#search")
        expect(field).to_have_value("stage:NEW zzzz")
        expect(page.locator(".removals a")).to_have_text(["Remove stage New", "Remove zzzz"])
        field.fill("stage:LOST maria")
        field.press("Enter")
        expect(page.locator(".term")).to_have_count(2)
        assert query_of(page) == "stage:LOST maria"


def test_what_finds_nothing_says_what_fewer_terms_would_find(site: Site, visit: Visit) -> None:
    with visit(site, "owner") as page:
        page.goto(f"{leads_of(site)}?q=stage%3AACTIVE%20zzzz")
        expect(page.locator(".empty")).to_contain_text("leads has all of this")
        expect(page.locator(".removals li").nth(0)).to_have_text("Remove stage Active 0")
        page.get_by_role("link", name="Remove zzzz").click()
        expect(page.locator("#rows tr").first).to_be_visible()
        assert query_of(page) == "stage:ACTIVE"


def test_an_account_without_leads_leads_to_connect(site: Site) -> None:
    with site.http(site.cookies("stranger")) as client:
        page = open_page(client, f"/app/{site.empty_id}/leads")
        assert "There are no leads yet" in text_of(page) and f"/app/{site.empty_id}/connect" in page.text


def test_names_that_attack_are_completed_quoted_and_found(site: Site, visit: Visit) -> None:
    account_id = site.add_account("Hostile tags")
    site.visitors["tagger"] = site.add_person(account_id, "Tagger", Role.OWNER)
    api = site.server.client(["leads:write"], account_id)
    lead_id = api.new_lead(tags=[{"name": HOSTILE}])
    api.new_lead(tags=[{"name": HOSTILE[1:20]}])
    api.close()
    with visit(site, "tagger") as page:
        page.goto(f"/app/{account_id}/leads")
        field = page.locator("#search")
        field.click()
        page.keyboard.type("tag:img")
        option = page.locator(OPTIONS, has_text="WWWW")
        expect(option).to_contain_text("<img src=x onerror=alert(1)>")
        option.click()
        page.keyboard.press("Enter")
        expect(page.locator(".term bdi")).to_have_text(HOSTILE[1:])
        expect(page.locator("#rows tr")).to_have_count(1)
        expect(page.locator(f"#l-{lead_id}")).to_be_visible()
        assert query_of(page).startswith('tag:"<img src=x onerror=alert(1)>\\"')


@pytest.mark.parametrize("q", [HOSTILE, "x" * 2_000, '"', "\u202eabc:", "a\x00b", "🔥:🔥 -", 'user:"'])
@pytest.mark.parametrize("part", ["", "/complete", "/without"])
def test_any_text_is_answered(site: Site, q: str, part: str) -> None:
    with site.http(site.cookies("owner")) as client:
        for at in ("0", "1", "5", "999", "x", ""):
            answer = client.get(leads_of(site) + part, params={"q": q, "at": at})
            assert answer.status_code in (200, 422)
            assert "<script>alert" not in answer.text and "<img" not in answer.text


def test_what_an_agent_does_not_see_is_in_no_count_and_no_completion(site: Site) -> None:
    account_id = site.add_account("Agency", agents_see_own=True)
    api = site.server.client(["leads:read", "leads:write"], account_id)
    api.new_lead(name="Secreta", utmCampaign="secreta", leadAttributionUser={"id": "u1", "userName": "Bia"})
    api.close()
    agent = site.add_person(account_id, "Caio", Role.AGENT)
    with site.http(site.sign_in(agent.email)) as client:
        path = f"/app/{account_id}/leads"
        assert "secreta" not in open_page(client, f"{path}/complete?q=utm_campaign:&at=13").text
        without = text_of(open_page(client, f"{path}/without?q=secreta%20stage%3ANEW"))
        assert " 1" not in without and "leads has all" not in without


def test_what_is_typed_before_the_script_comes_is_added_too(look_site: Site, visit: Visit) -> None:
    def delay(route: Route) -> None:
        time.sleep(1)
        route.continue_()

    with visit(look_site, "owner") as page:
        page.route("**/search.js", delay)
        page.goto(f"{leads_of(look_site)}?q=stage%3AACTIVE", wait_until="commit")
        field = page.locator("#search")
        field.press("End")
        page.keyboard.type(" maria")
        expect(field).to_have_value(" maria")
        field.press("Enter")
        expect(page.locator(".term")).to_have_count(2)
        assert query_of(page).split() == ["stage:ACTIVE", "maria"]
