"""Scripts that come late, each at its own time, as they do over a slow line."""

import time

import pytest
from playwright.sync_api import Route, expect

from lab.site import Site
from tests.web.conftest import Visit


@pytest.mark.parametrize("name", ["htmx", "hx-csp", "hx-sse"])
def test_a_page_is_live_whichever_script_comes_last(look_site: Site, visit: Visit, name: str) -> None:
    def delay(route: Route) -> None:
        time.sleep(0.5)
        route.continue_()

    with visit(look_site, "owner") as page:
        page.route(f"**/{name}.js", delay)
        page.goto(f"/app/{look_site.account_id}/connect")
        expect(page.locator("#live")).to_have_attribute("data-state", "live")
