"""Every month of a generated year: the free Insights and the funnel are those of a recount."""

from collections.abc import Iterator

import pytest

from lab.load_checks import load_content
from lab.server import Client, Leadloop
from lab.stores import with_store
from leadloop.core.catalogue.model import Entry
from tests.behaviour.test_insights_free_recount import get_data
from tests.behaviour.test_insights_recount import catalogue
from tests.support.recount import Past, pasts, recount
from tests.support.recount_funnel import refunnel
from tests.support.years import year

pytestmark = pytest.mark.slow

END_MS = 1_772_323_200_000  # 2026-03-01T00:00:00Z
STARTS = [f"{2025 + n // 12}-{n % 12 + 1:02}-01" for n in range(2, 15)]
ASKED = [
    {"groupBy": "user,unit", "compare": "previous"},
    {"groupBy": "source,type,day", "limit": "1000", "timeZone": "America/Sao_Paulo"},
    {"groupBy": "product,stage,week", "timeZone": "America/New_York"},
    {"groupBy": "tag", "compare": "previous", "source": "google,facebook"},
    {"groupBy": "campaign,utm_source,offer", "limit": "5"},
    {"groupBy": "lossReason,month", "stage": "lost"},
    {"groupBy": "hour", "limit": "1000", "timeZone": "Europe/Lisbon", "compare": "previous"},
    {"groupBy": "provider,status,client", "measures": "leads,conversion,timeToFirstContact"},
    {"groupBy": "department,interest,utm_campaign"},
]


@pytest.fixture(scope="module")
def leads(server: Leadloop) -> Iterator[tuple[Client, list[Past], list[Entry]]]:
    client = server.client()
    with_store(server.database, lambda store: store.leads.load(year(7, 600, client.account_id, END_MS)))
    yield client, pasts(load_content(server.database, client.account_id)), catalogue(server, client)
    client.close()


@pytest.mark.parametrize("month", range(12))
def test_every_month_of_a_year_is_counted_right(leads: tuple[Client, list[Past], list[Entry]], month: int) -> None:
    client, histories, entries = leads
    period = {"from": STARTS[month], "to": STARTS[month + 1]}
    for query in ASKED:
        answer = get_data(client, {**period, **query})
        assert answer == recount(histories, {**period, **query}, entries)
    assert answer["total"]["leads"] > 20
    assert get_data(client, period, "insights/funnel") == refunnel(histories, period, entries)
