"""The page of a lead in its other states, for eyes, readers and the keyboard: an earlier version, deleted, all open."""

from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from lab.browser import HEIGHTS, LANGUAGES, NARROW, Look
from lab.pages import newest_lead
from lab.site import Site
from lab.stores import with_store
from tests.support.looks import overflow
from tests.web.conftest import Visit
from tests.web.test_every_page import look_at


def path_of(site: Site, account_id: str, lead_id: str, rest: str = "") -> str:
    return f"/app/{account_id}/leads/{lead_id}{rest}"


def changed_lead(site: Site) -> str:
    client = site.server.client(account_id=site.account_id)
    lead_id = client.new_lead(
        name="Ana Souza",
        email="ana@looks.example",
        phoneNumber="11 98765-4321",
        leadAttributionUser={"id": "u1", "userName": "Bia Lima"},
    )
    client.new_lead(name="Ana S.", email="ana@looks.example")
    client.patch(lead_id, {"status": "Visita", "tags": [{"name": "vip", "color": "#ff0000"}]})
    client.patch(lead_id, {"status": "LOST", "leadLossReson": {"name": "Caro"}, "note": "long " * 200})
    client.close()
    return lead_id


def deleted_lead(site: Site) -> str:
    lead_id = changed_lead(site)
    client = site.server.client(account_id=site.account_id)
    client.leadsail("DELETE", f"leads/lead_{lead_id}")
    client.close()
    return lead_id


@pytest.mark.slow
@pytest.mark.parametrize(
    ("lead_of", "rest"),
    [(changed_lead, "?asOf=2&from="), (changed_lead, "?open=raw&from="), (deleted_lead, "?open=why")],
    ids=["past", "raw", "deleted"],
)
def test_a_lead_looks_right_in_every_state(
    look_site: Site, visit: Visit, lead_of: Callable[[Site], str], rest: str
) -> None:
    path = path_of(look_site, look_site.account_id, lead_of(look_site), rest)
    problems: list[str] = []
    for language in LANGUAGES:
        with visit(look_site, "owner", Look(language)) as page:
            page.goto(path)
            open_all(page)
            problems += look_at(page, language)
    assert not problems, "\n".join(problems)


def test_hostile_texts_widen_no_open_part(look_site: Site, visit: Visit) -> None:
    lead = with_store(look_site.server.database, lambda store: newest_lead(store, look_site.hostile_id))
    assert lead is not None
    with visit(look_site, "hostile", Look(width=NARROW)) as page:
        for rest in ("?open=raw", "?asOf=1&open=why"):
            page.goto(path_of(look_site, look_site.hostile_id, lead.id, rest))
            open_all(page)
            page.get_by_text("Fields", exact=True).click()
            assert overflow(page) == []
            assert page.locator("img").count() == 0
        page.locator("[popovertarget=more]").click()
        assert overflow(page) == []
        page.set_viewport_size({"width": 1440, "height": HEIGHTS[1440]})
        assert overflow(page) == []


def open_all(page: Page) -> None:
    """Every folded part of the page; waits for those that load only then."""
    page.evaluate("for (const part of document.querySelectorAll('main details')) part.open = true")
    expect(page.locator("main [hx-trigger^=toggle]")).to_have_count(0)
