"""Every page of the table, in both languages and themes, wide and narrow: for eyes, for readers, for the keyboard."""

import re

import pytest
from playwright.sync_api import Page as BrowserPage

from lab.browser import HEIGHTS, LANGUAGES, NARROW, WIDE, Look
from lab.pages import SHOWN, SPARE_KEY, SPARE_PERSON, address_of, name_of, viewer_of
from lab.site import Site
from leadloop.web.routes import PageRoute
from tests.support import axe
from tests.support.keyboard import walk
from tests.support.looks import overflow, texts
from tests.web.conftest import Visit

SAME = {
    "leadloop",
    "Lead",
    "Leads",
    "E-mail",
    "Webhooks",
    "API",
    "WhatsApp",
    "curl",
    "JavaScript",
    "PHP",
    "HTML + PHP",
    "Expad",
    "LeadSail",
}
SAME |= {"webhooks", "Backup", "English", "Português"}
"""Words of both languages, and names."""
DATA = re.compile(f"Amanda Torres|Breno Lima|Clara Dias|Davi Nunes|Sol Nascente|{SPARE_KEY}|{SPARE_PERSON}|@|leadloop")
"""Names of things in the demo data, which are the same in every language."""
ACTS = "button => button.form !== null || button.popoverTargetElement !== null"
"""Whether a button does something without scripts."""
every_page = pytest.mark.parametrize("row", SHOWN, ids=name_of)


@pytest.mark.slow
@every_page
def test_a_page_looks_right_in_every_way(look_site: Site, visit: Visit, row: PageRoute) -> None:
    problems: list[str] = []
    said = []
    path = address_of(look_site, row, look_site.account_id, look_site.visitors["owner"].id)
    for language in LANGUAGES:
        with visit(look_site, viewer_of(row), Look(language)) as page:
            page.goto(path)
            assert page.locator("html").get_attribute("lang") == language
            problems += look_at(page, language)
            said.append(texts(page))
    same = {text for text in set.intersection(*said) if not DATA.search(text)} - SAME
    assert not problems, "\n".join(problems)
    assert not same, f"the same in both languages: {same}"


def look_at(page: BrowserPage, language: str) -> list[str]:
    """What is wrong at each width for readers, in light all and in dark the colours, and for the keyboard, which goes
    through each width in one of the languages."""
    problems = []
    for width, walked in ((WIDE, "en"), (NARROW, "pt-BR")):
        page.set_viewport_size({"width": width, "height": HEIGHTS[width]})
        page.emulate_media(color_scheme="light")
        lines = [*axe.violations(page), *overflow(page), *(walk(page) if language == walked else [])]
        page.emulate_media(color_scheme="dark")
        lines += [f"dark: {line}" for line in axe.violations(page, axe.COLOURS)]
        problems += [f"{language}, {width} px: {line}" for line in lines]
    return problems


@every_page
def test_a_page_bears_hostile_names(look_site: Site, visit: Visit, row: PageRoute) -> None:
    """They are shown as they are: no script runs, nothing breaks, and the page stays as wide as the window."""
    who = "hostile" if viewer_of(row) else None
    with visit(look_site, who, Look(width=NARROW)) as page:
        page.goto(address_of(look_site, row, look_site.hostile_id, look_site.visitors["hostile"].id))
        assert not overflow(page), overflow(page)
        assert page.locator("img").count() == 0
        if who:
            assert "{{ 7*7 }}%s" in page.content()
        page.set_viewport_size({"width": WIDE, "height": HEIGHTS[WIDE]})
        assert overflow(page) == []


@every_page
def test_a_page_works_without_scripts(look_site: Site, visit: Visit, row: PageRoute) -> None:
    """Each button sends a form or opens a menu, and each form has an address that is an action of the table."""
    with visit(look_site, viewer_of(row), Look(has_scripts=False)) as page:
        page.goto(address_of(look_site, row, look_site.account_id, look_site.visitors["owner"].id))
        assert page.locator("h1").count() == 1
        visible = page.locator("button:visible").all()
        lonely = [
            button.text_content()
            for button in visible
            if not button.evaluate("button => button.form !== null || button.popoverTargetElement !== null")
        ]
        assert lonely == [], "these buttons do nothing without scripts"
