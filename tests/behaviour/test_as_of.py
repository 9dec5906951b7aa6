"""`?asOf=`: the lead as it was at a version or at a moment, in both dialects."""

import time
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import httpx
import pytest

from lab.server import Client
from tests.support.answers import FULL
from tests.support.answers import version as version_of
from tests.support.dialects import DialectClient, api_of, fields, lines
from tests.support.feed import records
from tests.wire.expad_values import FULL as FULL_EXPAD

DIALECTS = ("expad", "leadsail")


@pytest.fixture(params=DIALECTS)
def api(client: Client, request: pytest.FixtureRequest) -> DialectClient:
    return api_of(client, request.param)


def get(api: DialectClient, lead: str, as_of: object = None, **headers: str) -> httpx.Response:
    params = {} if as_of is None else {"asOf": str(as_of)}
    return api.client.http.get(api.lead(lead), params=params, headers=headers)


STEPS: list[Callable[[Client, str], Any]] = [
    lambda client, lead: client.patch_leadsail(lead, FULL),
    lambda client, lead: client.patch_leadsail(lead, {"notes": [{"id": key, "text": key} for key in "abc"]}),
    lambda client, lead: client.patch(lead, FULL_EXPAD),
    lambda client, lead: client.patch_leadsail(lead, {"notes": None, "deleteQuestionnaireKeys": ["q1"]}),
    lambda client, lead: client.patch_leadsail(lead, {"notes": [{"id": key, "text": key} for key in "ca"]}),
    lambda client, lead: client.leadsail("DELETE", f"leads/{lead}"),
    lambda client, lead: client.patch(lead, {"markedForDeletion": False, "activities": None, "lastMessage": None}),
]


def test_every_version_is_shown_as_it_was(client: Client) -> None:
    apis = [api_of(client, name) for name in DIALECTS]
    lead = client.new_lead()
    seen = [[get(api, lead) for api in apis]]
    for step in STEPS:
        step(client, lead)
        seen.append([get(api, lead) for api in apis])
        time.sleep(0.003)
    moments = [record["at"] for record in records(client)]
    assert len(moments) == len(seen)
    for number, then in enumerate(seen, 1):
        for api, answer in zip(apis, then, strict=True):
            for as_of in (number, f"{number:03}", moments[number - 1]):
                past = get(api, lead, as_of)
                assert (past.status_code, past.json()) == (200, answer.json())
                assert version_of(past) == version_of(answer) == number


def test_between_two_changes_it_is_the_lead_after_the_first(api: DialectClient) -> None:
    lead = api.new()
    time.sleep(0.005)
    api.client.patch_leadsail(lead, {"detail": "x"})
    changed_at = datetime.fromisoformat(records(api.client)[1]["at"])
    millisecond = timedelta(milliseconds=1)
    assert version_of(get(api, lead, (changed_at - millisecond).isoformat())) == 1
    assert version_of(get(api, lead, changed_at.isoformat())) == 2
    assert version_of(get(api, lead, "9999-12-31T23:59:59Z")) == 2


def test_a_moment_in_any_spelling_of_rfc_3339(api: DialectClient) -> None:
    lead = api.new()
    at = datetime.fromisoformat(records(api.client)[0]["at"])
    for zone in (timedelta(hours=-3), timedelta(hours=5, minutes=45)):
        there = at.astimezone(datetime.fromisoformat(f"2026-01-01T00:00:00{_offset(zone)}").tzinfo).isoformat()
        for text in (there, there.lower(), there.replace("+", " ")):
            assert version_of(get(api, lead, text)) == 1


def _offset(zone: timedelta) -> str:
    minutes = abs(int(zone.total_seconds())) // 60
    return f"{'-' if zone < timedelta() else '+'}{minutes // 60:02}:{minutes % 60:02}"


def test_before_its_creation_the_lead_is_not_found(api: DialectClient) -> None:
    lead = api.new()
    created = datetime.fromisoformat(records(api.client)[0]["at"])
    for moment in ((created - timedelta(milliseconds=1)).isoformat(), "0001-01-01T00:00:00Z"):
        lines(get(api, lead, moment), api.name, 404)


@pytest.mark.parametrize("version", ["0", "00", "3", "999999999999999"])
def test_a_version_that_it_has_not_had(api: DialectClient, version: str) -> None:
    lead = api.new()
    api.client.patch_leadsail(lead, {"detail": "x"})
    answer = get(api, lead, version)
    assert fields(answer, api.name) == ["asOf"]
    assert "the current one is 2" in answer.text


MALFORMED = ["x", "-1", "+1", "1.0", "1e3", "v2", '"2"', "٢", "9" * 30, "2026-01-31", "2026-01-31T00:00:00", "now"]
MALFORMED += ["2026-02-30T00:00:00Z", "2026-01-31T00:00:00+99:00", "10000-01-01T00:00:00Z", "%00"]


@pytest.mark.parametrize("as_of", MALFORMED)
def test_a_value_that_is_neither_version_nor_time_is_refused(api: DialectClient, as_of: str) -> None:
    lead = api.new()
    for id in (lead, "f" * 24):
        assert fields(api.client.http.get(f"{api.lead(id)}?asOf={as_of}"), api.name) == ["asOf"]


def test_an_unknown_lead_has_no_past(api: DialectClient) -> None:
    for as_of in (1, "2026-01-31T00:00:00Z"):
        for lead in ("f" * 24, "x"):
            lines(get(api, lead, as_of), api.name, 404)


def test_an_empty_value_is_ignored(api: DialectClient) -> None:
    lead = api.new()
    api.client.patch_leadsail(lead, {"detail": "x"})
    assert version_of(get(api, lead, "")) == 2


def test_writes_ignore_as_of(api: DialectClient) -> None:
    lead = api.new()
    api.client.patch_leadsail(lead, {"detail": "x"})
    answer = api.client.http.patch(api.lead(lead), params={"asOf": "1"}, json={"tags": []})
    assert version_of(answer) == 2
    assert api.client.http.head(api.lead(lead), params={"asOf": "1"}).headers["ETag"] == '"1"'
