"""Free Insights: groups, what is left out of them, comparison with the period before, time zones."""

from concurrent.futures import ThreadPoolExecutor
from typing import Any

from lab.server import Client, Leadloop

JANUARY = {"from": "2026-01-01", "to": "2026-02-01"}
JAN_1, HOUR, DAY = 1_767_225_600_000, 3_600_000, 86_400_000
SOLD: dict[str, Any] = {"status": "COMPLETE", "leadDate": JAN_1}


def breakdown(client: Client, **query: str) -> dict[str, Any]:
    answer = client.leadsail("GET", "insights", params={**JANUARY, **query})
    assert answer.status_code == 200, answer.text
    body = answer.json()
    assert body["success"] is True
    return dict(body["data"])


def test_without_a_grouping_there_is_the_total_alone(client: Client) -> None:
    client.new_lead(**SOLD, saleValue=100.000001)
    client.new_lead(**SOLD, leadCart={"leadProducts": [{"amount": 3, "product": {"name": "Casa", "value": 33.333333}}]})
    client.new_lead(leadDate=JAN_1)
    client.new_lead(leadDate=JAN_1 - 1)
    assert breakdown(client, measures="leads,sales,value,conversion,averageTicket") == {
        "from": "2026-01-01T00:00:00.000Z",
        "to": "2026-02-01T00:00:00.000Z",
        "timeZone": "UTC",
        "previous": None,
        "groupBy": [],
        "overlapping": False,
        "groups": [],
        "other": None,
        "total": {
            "leads": 3,
            "sales": 2,
            "value": 200,
            "valueMicros": 200_000_000,
            "conversion": 0.666667,
            "averageTicket": 100,
        },
    }


def test_an_empty_period_has_nothing_to_divide(client: Client) -> None:
    nothing = {"count": 0, "p50": None, "p90": None}
    assert breakdown(client)["total"] == {
        "leads": 0,
        "sales": 0,
        "value": 0,
        "valueMicros": 0,
        "conversion": None,
        "averageTicket": None,
        "timeToFirstContact": nothing,
        "timeToSale": nothing,
    }


def test_deleted_leads_are_not_counted_until_they_are_restored(client: Client) -> None:
    lead_id = client.new_lead(**SOLD)
    client.patch(lead_id, {"markedForDeletion": True})
    assert breakdown(client)["total"]["leads"] == 0
    client.patch(lead_id, {"markedForDeletion": False})
    assert breakdown(client)["total"]["leads"] == 1


def test_things_without_an_entry_are_grouped_by_identity_and_named_by_the_newest_lead(client: Client) -> None:
    for campaign in (
        {"campaignId": "c1", "name": "Verão"},
        {"campaignId": "c1", "name": "Summer"},
        {"campaignId": "c2"},
    ):
        lead_id = client.new_lead(leadDate=JAN_1)
        assert client.leadsail("PATCH", f"leads/{lead_id}", json={"campaign": campaign}).status_code == 200
    client.new_lead(leadDate=JAN_1)
    groups = breakdown(client, groupBy="campaign", measures="leads")["groups"]
    assert [(group["key"]["campaign"], group["leads"]) for group in groups] == [
        ({"id": "c1", "name": "Summer"}, 2),
        (None, 1),
        ({"id": "c2", "name": None}, 1),
    ]


def test_three_groupings_at_once(client: Client) -> None:
    for unit, stage in (("Centro", "NEW"), ("Centro", "NEW"), ("Norte", "LOST")):
        client.new_lead(unit={"id": unit[0], "name": unit}, status=stage, source="GOOGLE", leadDate=JAN_1)
    groups = breakdown(client, groupBy="unit,source,stage", measures="leads")["groups"]
    google = {"id": None, "name": "GOOGLE"}
    assert groups == [
        {"key": {"unit": {"id": "C", "name": "Centro"}, "source": google, "stage": "NEW"}, "leads": 2},
        {"key": {"unit": {"id": "N", "name": "Norte"}, "source": google, "stage": "LOST"}, "leads": 1},
    ]


def test_groups_beyond_the_limit_are_summed_as_other(client: Client) -> None:
    for n, interest in enumerate("aaabbc"):
        client.new_lead(interest={"name": interest}, saleValue=n, **SOLD)
    answer = breakdown(client, groupBy="interest", measures="leads,value", limit="1")
    assert [group["leads"] for group in answer["groups"]] == [3]
    assert answer["other"] == {"groups": 2, "leads": 3, "value": 12, "valueMicros": 12_000_000}
    assert answer["total"]["value"] == 15
    assert breakdown(client, groupBy="interest", limit="3")["other"] is None


def test_a_lead_with_several_tags_is_in_several_groups_and_once_in_the_total(client: Client) -> None:
    client.new_lead(tags=[{"name": "vip"}, {"id": "t1", "name": "hot"}], saleValue=5, **SOLD)
    client.new_lead(tags=[{"id": "t1", "name": "quente"}], leadDate=JAN_1)
    client.new_lead(leadDate=JAN_1)
    answer = breakdown(client, groupBy="tag", measures="leads,value")
    assert answer["overlapping"] is True
    assert [(group["key"]["tag"], group["leads"], group["value"]) for group in answer["groups"]] == [
        ({"id": "t1", "name": "quente"}, 2, 5),
        (None, 1, 0),
        ({"id": None, "name": "vip"}, 1, 5),
    ]
    assert (answer["total"]["leads"], answer["total"]["value"]) == (3, 5)


def test_products_have_the_values_of_their_lines(client: Client) -> None:
    lines = [
        {"amount": 2, "product": {"id": "p1", "name": "Casa", "value": 10}},
        {"amount": 1, "product": {"id": "p1", "name": "Casa", "value": 1}},
        {"amount": 1, "product": {"name": "Lote", "value": 4}},
    ]
    client.new_lead(leadCart={"leadProducts": lines}, saleValue=100, **SOLD)
    client.new_lead(leadCart={"leadProducts": lines[2:]}, leadDate=JAN_1)
    client.new_lead(saleValue=7, **SOLD)
    answer = breakdown(client, groupBy="product", measures="leads,sales,value")
    assert [(group["key"]["product"], *list(group.values())[1:4]) for group in answer["groups"]] == [
        ({"id": None, "name": "Lote"}, 2, 1, 4),
        (None, 1, 1, 7),
        ({"id": "p1", "name": "Casa"}, 1, 1, 21),
    ]
    assert answer["total"]["value"] == 107


def test_lines_without_a_product_are_a_group_with_their_own_value(client: Client) -> None:
    casa = {"amount": 2, "product": {"id": "p1", "name": "Casa", "value": 3}}
    nothing = [{"amount": 1, "value": 4}, {"amount": 1, "value": 3}]
    for cart, more in (
        ([casa, *nothing], SOLD),
        ([casa, *nothing], {"leadDate": JAN_1}),
        (nothing, {**SOLD, "saleValue": 20}),
    ):
        client.new_lead(leadCart={"leadProducts": cart}, **more)
    answer = breakdown(client, groupBy="product", measures="leads,sales,value")
    assert [(group["key"]["product"], *list(group.values())[1:4]) for group in answer["groups"]] == [
        (None, 3, 2, 7 + 20),
        ({"id": "p1", "name": "Casa"}, 2, 1, 6),
    ]
    assert answer["total"]["value"] == 33


def test_filters_take_ids_and_names_in_any_case_and_several_of_them(client: Client) -> None:
    for n, name in enumerate(("Ana", "João", "Souza, Bia", "")):
        user = {"id": f"id-{n}", "userName": name} if name else None
        client.new_lead(leadAttributionUser=user, source="GOOGLE" if name == "Ana" else "Feira", leadDate=JAN_1)

    def total(**query: Any) -> int:
        answer = client.leadsail("GET", "insights", params={**JANUARY, **query})
        return int(answer.json()["data"]["total"]["leads"])

    assert total(user="ana") == total(user="ID-0") == total(user="JOÃO") == total(user='"souza, bia"') == 1
    assert total(user="JOAO") == 0, "only searching folds accents"
    assert total(user="ana, joão") == total(user=["ana", "joão"]) == total(user=["ana,x", "", "joão"]) == 2
    assert total(user="nobody") == total(user="an") == 0
    assert total(user="ana", source="feira") == 0 and total(user="joão", source="feira") == 1
    assert total(source="custom") == 0 and total(source="FEIRA") == 3
    assert total(provider="none") == 4 and total(stage="new", status="NEW") == 4
    assert total(user="") == total(unknown="x") == 4


def test_each_group_has_the_previous_period(client: Client) -> None:
    for stage, days, value in (
        ("COMPLETE", 0, 10),
        ("NEW", 3, 0),
        ("NEW", -1, 0),
        ("COMPLETE", -31, 2.5),
        ("LOST", -32, 0),
    ):
        client.new_lead(status=stage, leadDate=JAN_1 + days * DAY, saleValue=value)
    answer = breakdown(client, groupBy="stage", measures="leads,value,conversion", compare="previous")
    assert answer["previous"] == {"from": "2025-12-01T00:00:00.000Z", "to": "2026-01-01T00:00:00.000Z"}
    assert answer["groups"] == [
        {
            "key": {"stage": "COMPLETE"},
            **{"leads": 1, "value": 10, "valueMicros": 10_000_000, "conversion": 1},
            "previous": {"leads": 1, "value": 2.5, "valueMicros": 2_500_000, "conversion": 1},
            "change": {"leads": 0, "value": 7.5, "valueMicros": 7_500_000, "conversion": 0},
        },
        {
            "key": {"stage": "NEW"},
            **{"leads": 1, "value": 0, "valueMicros": 0, "conversion": 0},
            "previous": {"leads": 1, "value": 0, "valueMicros": 0, "conversion": 0},
            "change": {"leads": 0, "value": 0, "valueMicros": 0, "conversion": 0},
        },
    ]
    assert answer["total"]["change"] == {"leads": 0, "value": 7.5, "valueMicros": 7_500_000, "conversion": 0}


def test_a_group_of_the_period_before_alone_is_there_with_zeros(client: Client) -> None:
    client.new_lead(status="LOST", leadDate=JAN_1 - DAY)
    (group,) = breakdown(client, groupBy="stage", measures="leads,averageTicket", compare="previous")["groups"]
    assert group["leads"] == 0 and group["previous"]["leads"] == 1
    assert group["change"] == {"leads": -1, "averageTicket": None}


def test_sums_are_exact_beyond_all_whole_numbers_of_a_double(client: Client) -> None:
    for _ in range(3):
        client.new_lead(saleValue="9223372036854.775807", **SOLD)
    answer = client.leadsail("GET", "insights", params={**JANUARY, "measures": "value,averageTicket"})
    assert '"valueMicros":27670116110564327421' in answer.text
    assert '"value":27670116110564.327421' in answer.text and '"averageTicket":9223372036854.775807' in answer.text


def test_concurrent_requests_are_all_answered(client: Client) -> None:
    client.new_lead(**SOLD)
    with ThreadPoolExecutor(8) as threads:
        answers = list(threads.map(lambda by: breakdown(client, groupBy=by), ["user", "stage", "day", "tag"] * 6))
    assert [answer["total"]["leads"] for answer in answers] == [1] * 24


def test_all_of_the_years_1_to_9999_can_be_asked_for(client: Client) -> None:
    client.new_lead(leadDate=-62_135_596_800_000)
    client.new_lead(leadDate=253_402_300_799_998)
    ends = {"from": "0001-01-01T00:00:00Z", "to": "9999-12-31T23:59:59.999Z"}
    for zone in ("UTC", "Pacific/Kiritimati", "Pacific/Niue"):
        for grain in ("hour", "day", "week", "month"):
            answer = breakdown(client, **ends, timeZone=zone, groupBy=grain, measures="leads")
            assert (answer["from"], answer["to"]) == ("0001-01-01T00:00:00.000Z", ends["to"])
            assert answer["total"] == {"leads": 2}


def test_keys(client: Client, writer: Client, server: Leadloop) -> None:
    client.new_lead(leadDate=JAN_1)
    stranger = server.client()
    for path in ("insights", "insights/funnel"):
        assert client.leadsail("GET", path, params=JANUARY, headers={"X-API-Key": ""}).status_code == 401
        lacking = writer.leadsail("GET", path, params=JANUARY)
        assert lacking.status_code == 403 and "leads:read" in lacking.text
        other = stranger.leadsail("GET", path, params={**JANUARY, "account_id": client.account_id}).json()["data"]
        assert other.get("leads", other.get("total", {}).get("leads")) == 0
        refused = client.leadsail("POST", path, params=JANUARY)
        assert (refused.status_code, refused.headers["allow"]) == (405, "GET")
    stranger.close()
