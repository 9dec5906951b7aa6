"""The ground of the page tests: a site with people of every role, and a browser.

`site` is a server on each engine, for what a page does. `look_site` is the one on SQLite, for how pages look. `visit`
opens a page of a site as one of its people:

    def test_it(site: Site, visit: Visit) -> None:
        with visit(site, "owner", Look("pt-BR", width=NARROW)) as page:
            page.goto(f"/app/{site.account_id}/keys")
            page.get_by_role("button", name="…").click()

When the block ends, everything that went wrong in the browser fails the test (see `lab.browser`).
"""

from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, ExitStack, closing

import pytest
from playwright.sync_api import Page, expect

from lab.browser import DEADLINE_MS, USUAL, Chromium, Look
from lab.server import Leadloop, running
from lab.site import Site
from tests.conftest import new_database
from tests.web.office import Office

Visit = Callable[..., AbstractContextManager[Page]]
"""Of a site, the name of one of its visitors (`None`: nobody is signed in), a look, and texts that may be logged."""


@pytest.fixture(scope="session")
def sites(tmp_path_factory: pytest.TempPathFactory, request: pytest.FixtureRequest) -> Iterator[Callable[[str], Site]]:
    """The site on an engine, which the first use starts."""
    stack = ExitStack()
    started: dict[str, Site] = {}

    def on(engine: str) -> Site:
        if engine not in started:
            database = new_database(engine, tmp_path_factory.mktemp("site"), request)
            started[engine] = Site(stack.enter_context(running(Leadloop(engine, database))))
        return started[engine]

    with stack:
        yield on
    for site in started.values():
        assert site.server.errors == []


@pytest.fixture
def site(engine: str, sites: Callable[[str], Site]) -> Site:
    return sites(engine)


@pytest.fixture
def look_site(sites: Callable[[str], Site]) -> Site:
    return sites("sqlite")


@pytest.fixture(scope="session")
def chromium() -> Iterator[Chromium]:
    expect.set_options(timeout=DEADLINE_MS)
    chromium = Chromium()
    yield chromium
    chromium.close()


@pytest.fixture
def visit(chromium: Chromium) -> Iterator[Visit]:
    def open_page(
        site: Site, who: str | None = None, look: Look = USUAL, *, may_log: Sequence[str] = ()
    ) -> AbstractContextManager[Page]:
        return chromium.visit(site.url, site.cookies(who) if who else None, look, may_log=may_log)

    with chromium.in_use():
        yield open_page


@pytest.fixture(scope="module")
def door_database(engine: str, tmp_path_factory: pytest.TempPathFactory, request: pytest.FixtureRequest) -> str:
    """A database for `lab.door`, which the tests of a module share."""
    return new_database(engine, tmp_path_factory.mktemp("door"), request)


@pytest.fixture
def empty_database(engine: str, tmp_path_factory: pytest.TempPathFactory, request: pytest.FixtureRequest) -> str:
    """A database without accounts and people."""
    return new_database(engine, tmp_path_factory.mktemp("empty"), request)


@pytest.fixture
def office(site: Site) -> Iterator[Office]:
    with closing(Office(site, country="BR", currency="BRL")) as office:
        yield office


@pytest.fixture
def strict_office(site: Site) -> Iterator[Office]:
    """Its agents see their own leads."""
    with closing(Office(site, agents_see_own=True)) as office:
        yield office
