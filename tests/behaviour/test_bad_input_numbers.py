"""Numbers at and beyond what is kept exactly (semantics section 7)."""

import json

import pytest

from lab.server import Client
from tests.support.dialects import api_of, fields

COUNT = {"expad": "googleCampaignId", "leadsail": "submissionCount"}
DIALECTS = list(COUNT)
MOST, LEAST = 2**63 - 1, -(2**63)
TOO_LARGE = [
    f"{MOST + 1}",
    f"{2**64}",
    "1" + "0" * 30,
    "9" * 4000,
    f"{MOST}.5",
    f"{MOST + 1}.0",
    "1e19",
    "1e400",
    "1E+400",
]
TOO_SMALL = [f"{LEAST - 1}", f"-{2**64}", "-1e400", f"{LEAST - 1}.0", f"{LEAST}.5", "-" + "9" * 4000]
NO_DECIMAL = [
    "1e9999999",
    "-1e9999999",
    "1e999999999999999999999",
    "9" * 5000,
    "9" * 500_000,
    "1." + "9" * 500_000 + "e99",
]


@pytest.mark.parametrize("dialect", DIALECTS)
def test_integers_are_exact_up_to_their_limits(client: Client, dialect: str) -> None:
    api = api_of(client, dialect)
    lead = api.new()
    least = [] if dialect == "leadsail" else [LEAST, LEAST + 1, -(2**53) - 1]
    for number in (MOST, MOST - 1, 2**53 + 1, 2**53, *least):
        assert api.patch(lead, f'{{"{COUNT[dialect]}": {number}}}').status_code == 200
        assert api.shown(lead)[COUNT[dialect]] == number
        answer = api.client.http.get(api.lead(lead))
        assert f"{number}" in answer.text


def test_integers_are_exact_where_anything_goes(client: Client) -> None:
    lead = client.new_leadsail_lead()
    numbers = [MOST, LEAST, 2**53 + 1, -(2**53) - 1, 0]
    client.patch_leadsail(lead, {"customFields": {"x": numbers}, "questionnaire": [{"key": "a", "answer": numbers}]})
    shown = client.get_leadsail(lead)
    assert shown["customFields"]["x"] == numbers == shown["questionnaire"][0]["answer"]


@pytest.mark.parametrize("dialect", DIALECTS)
@pytest.mark.parametrize("place", ["count", "text", "unknown", "list"])
def test_beyond_them_is_refused_by_the_name_of_the_field(client: Client, dialect: str, place: str) -> None:
    api = api_of(client, dialect)
    lead = api.new()
    before = api.shown(lead)
    name = {"count": COUNT[dialect], "text": api.text, "unknown": "nickname", "list": "tags"}[place]
    for number in TOO_LARGE + TOO_SMALL:
        raw = f'{{"{name}": [{number}]}}' if place == "list" else f'{{"{name}": {number}}}'
        assert fields(api.patch(lead, raw), dialect) == [f"{name}.0" if place == "list" else name], number[:40]
    assert api.shown(lead) == before


@pytest.mark.parametrize("dialect", DIALECTS)
def test_absurd_numbers_are_refused(client: Client, dialect: str) -> None:
    api = api_of(client, dialect)
    lead = api.new()
    for number in NO_DECIMAL:
        assert len(fields(api.patch(lead, f'{{"{COUNT[dialect]}": {number}}}'), dialect)) == 1, number[:40]
        assert len(fields(api.patch(lead, f'{{"customFields": {{"x": {number}}}}}'), dialect)) == 1, number[:40]


@pytest.mark.parametrize("dialect", DIALECTS)
def test_a_fraction_of_zero_is_whole_and_another_is_not(client: Client, dialect: str) -> None:
    api = api_of(client, dialect)
    lead = api.new()
    for text, number in (
        ("1.0", 1),
        ("2.000000", 2),
        ("3e0", 3),
        ("4E2", 400),
        ("50e-1", 5),
        ("-0.0", 0),
        ("1" + "0" * 18 + ".0", 10**18),
    ):
        assert api.patch(lead, f'{{"{COUNT[dialect]}": {text}}}').status_code == 200, text
        shown = api.shown(lead)[COUNT[dialect]]
        assert (shown, type(shown)) == (number, int)
    for text in ("1.5", "0.1", "1e-1", "1e-400", "1e-9999999", "0.0000001", f"{2**62}.5"):
        assert fields(api.patch(lead, f'{{"{COUNT[dialect]}": {text}}}'), dialect) == [COUNT[dialect]], text


def test_fractions_where_anything_goes(client: Client) -> None:
    lead = client.new_leadsail_lead()
    raw = '{"customFields": {"x": [1.5, 0.1, -1e-7, 123456789.25, 1.0]}}'
    answer = client.leadsail("PATCH", f"leads/{lead}", content=raw, headers={"Content-Type": "application/json"})
    assert answer.status_code == 200
    shown = json.loads(client.leadsail("GET", f"leads/{lead}").content)["data"]["customFields"]["x"]
    assert shown == [1.5, 0.1, -1e-7, 123456789.25, 1]


def test_a_time_beyond_the_calendar_is_refused(client: Client) -> None:
    lead = client.new_leadsail_lead()
    for at in (MOST, LEAST, 253_402_300_800_000, -62_135_596_800_001):
        assert fields(client.patch_leadsail(lead, {"deliveredAt": at}), "leadsail") == ["deliveredAt"]
        assert fields(client.expad("PATCH", f"lead/{lead}", json={"leadDate": at}), "expad") == ["leadDate"]
    for at in (253_402_300_799_999, -62_135_596_800_000):
        assert client.patch_leadsail(lead, {"deliveredAt": at}).status_code == 200
