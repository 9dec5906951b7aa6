"""What free Insights refuse, each with what would be right."""

import pytest

from lab.server import Client
from tests.behaviour.test_insights_free import JAN_1, JANUARY

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
def test_what_can_not_be_understood_is_400_and_named(client: Client, query: dict[str, str], name: str) -> None:
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


def test_there_is_an_end_to_how_many_groups_there_may_be(client: Client) -> None:
    tags = [{"name": f"t{n}"} for n in range(1_000)]
    for n in range(100):
        client.new_lead(leadDate=JAN_1, utmSource=f"s{n}", tags=tags)
    query = {**JANUARY, "groupBy": "tag,utm_source", "measures": "leads", "limit": "1"}
    assert client.leadsail("GET", "insights", params=query).json()["data"]["other"]["groups"] == 99_999
    client.new_lead(leadDate=JAN_1, utmSource="s", tags=tags[:1])
    refused = client.leadsail("GET", "insights", params=query)
    assert refused.status_code == 400, refused.text
    assert refused.json()["error"]["details"] == ["groupBy: makes more than 100,000 groups; filter, or group by less"]
    assert client.leadsail("GET", "insights", params={**query, "utm_source": "s"}).status_code == 200
