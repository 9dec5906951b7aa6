"""What free Insights refuse, each with what would be right."""

import pytest
from msgspec import structs

from lab.server import Client, Leadloop
from lab.stores import load
from leadloop.core.ids import new_id
from leadloop.core.leads.model import blank_lead
from leadloop.core.leads.parts import Tag
from leadloop.core.writes.unit import Saved
from tests.behaviour.test_insights_free import JAN_1, JANUARY
from tests.storage.database import first_saved

pytestmark = pytest.mark.slow


@pytest.mark.parametrize(
    ("query", "name"),
    [
        ({"from": ""}, "from"),
        ({"from": "yesterday"}, "from"),
        ({"from": "2026-1-1"}, "from"),
        ({"from": "2026-02-30"}, "from"),
        ({"to": "2026-01-01T00:00:00"}, "to"),
        ({"to": "20260201"}, "to"),
        ({"to": "2025-12-31"}, "to"),
        ({"to": "2025-12-31T23:59:59.999Z"}, "to"),
        ({"timeZone": "Sao Paulo"}, "timeZone"),
        ({"timeZone": "america/sao_paulo"}, "timeZone"),
        ({"timeZone": "../etc/passwd"}, "timeZone"),
        ({"timeZone": "localtime"}, "timeZone"),
        ({"timeZone": "Factory"}, "timeZone"),
        ({"groupBy": "usr"}, "groupBy"),
        ({"groupBy": "user,user"}, "groupBy"),
        ({"groupBy": "user,unit,source,type"}, "groupBy"),
        ({"groupBy": "day,hour"}, "groupBy"),
        ({"groupBy": "tag,product"}, "groupBy"),
        ({"groupBy": "product,day,tag"}, "groupBy"),
        ({"groupBy": "user,"}, "groupBy"),
        ({"measures": "lead"}, "measures"),
        ({"compare": "next"}, "compare"),
        ({"compare": "previous", "from": "0001-01-01"}, "compare"),
        ({"compare": "previous", "from": "0001-01-01T00:00:00Z"}, "compare"),
        ({"limit": "0"}, "limit"),
        ({"limit": "many"}, "limit"),
        ({"user": " , "}, "user"),
        ({"tag": "a\nb\rc"}, "tag"),
        ({"unit": ",".join(f"u{n}" for n in range(101))}, "unit"),
    ],
)
def test_invalid_parameters_are_400_and_named(client: Client, query: dict[str, str], name: str) -> None:
    answer = client.leadsail("GET", "insights", params={**JANUARY, **query})
    assert answer.status_code == 400, answer.text
    (detail,) = answer.json()["error"]["details"]
    assert detail.startswith(f"{name}: ")


@pytest.mark.parametrize("path", ["insights", "insights/funnel"])
@pytest.mark.parametrize(
    ("query", "name"),
    [
        ({"from": "0001-01-01T00:00:00+14:00"}, "from"),
        ({"from": "0001-01-01", "timeZone": "Asia/Tokyo"}, "from"),
        ({"to": "9999-12-31T23:59:59-14:00"}, "to"),
    ],
)
def test_a_moment_before_the_year_1_or_after_9999_is_400(
    client: Client, path: str, query: dict[str, str], name: str
) -> None:
    answer = client.leadsail("GET", path, params={**JANUARY, **query})
    assert answer.status_code == 400, answer.text
    assert answer.json()["error"]["details"][0].startswith(f"{name}: ")


def test_there_is_an_end_to_how_many_groups_there_may_be(client: Client, server: Leadloop) -> None:
    tags = [Tag(name=f"t{n}") for n in range(1_000)]
    load(server.database, ([tagged_lead(client.account_id, n, tags)] for n in range(100)))
    query = {**JANUARY, "groupBy": "tag,utm_source", "measures": "leads", "limit": "1"}
    assert client.leadsail("GET", "insights", params=query).json()["data"]["other"]["groups"] == 99_999
    client.new_lead(leadDate=JAN_1, utmSource="s", tags=[{"name": "t0"}])
    refused = client.leadsail("GET", "insights", params=query)
    assert refused.status_code == 400, refused.text
    assert refused.json()["error"]["details"] == [
        "groupBy: would return more than 100,000 groups; add a filter, or group by less"
    ]
    assert client.leadsail("GET", "insights", params={**query, "utm_source": "s"}).status_code == 200


def tagged_lead(account_id: str, number: int, tags: list[Tag]) -> Saved:
    at_ms = JAN_1 + number
    lead = blank_lead(account_id, new_id(at_ms), at_ms)
    return first_saved(structs.replace(lead, version=1, tags=tags, params={"utm_source": f"s{number}"}))
