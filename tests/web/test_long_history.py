"""A lead with a long history opens like one with a short history."""

import statistics
import time

import httpx
import pytest

from lab.leads import long_history
from lab.site import Site, now_ms
from lab.stores import with_store
from leadloop.core.people.roles import Role
from leadloop.core.store import Store
from tests.web.pages import open_page, text_of

SHORT, LONG = 10, 2_000
MOST_LATER_S = 0.3


@pytest.mark.slow
def test_two_thousand_changes_open_nearly_as_fast_as_ten(site: Site) -> None:
    account_id = site.add_account("Long")
    owner = site.add_person(account_id, "Olga Prado", Role.OWNER)
    histories = {versions: long_history(account_id, versions, now_ms()) for versions in (SHORT, LONG)}
    paths = {versions: f"/app/{account_id}/leads/{history[-1].lead.id}" for versions, history in histories.items()}

    async def load(store: Store) -> None:
        await store.leads.load(histories.values())

    with_store(site.server.database, load)
    with site.http(site.sign_in(owner.email)) as http:
        for rest in ("", "?from=", "/facts", "/why"):
            seconds = {versions: _seconds(http, path + rest) for versions, path in paths.items()}
            assert seconds[LONG] - seconds[SHORT] <= MOST_LATER_S, (rest, seconds)
        current = text_of(open_page(http, paths[LONG]))
        assert f"try {LONG}" in current and f"/ {LONG}" in current
        assert "try 1000" in text_of(open_page(http, f"{paths[LONG]}?asOf=1000"))


def _seconds(http: httpx.Client, path: str) -> float:
    """The usual time until the page is there."""
    times = []
    for _ in range(5):
        began = time.perf_counter()
        open_page(http, path)
        times.append(time.perf_counter() - began)
    return statistics.median(times)
