"""Unknown query parameters are ignored and named, or refused (semantics section 7)."""

from collections.abc import Iterator

import pytest

from lab.server import Client, Leadloop
from leadloop.api.call import Route
from leadloop.core.keys import SCOPES
from tests.support.dialects import DialectClient, fields
from tests.support.intruder import ROUTES, name_of, new_endpoint, plain
from tests.support.route_bodies import QUERIES

GETS = [route for route in ROUTES if route.method == "GET"]
STRICT = {"Prefer": "handling=strict"}


@pytest.fixture(scope="module")
def reached(server: Leadloop) -> Iterator[tuple[Client, str, str]]:
    """A client, and a lead and a webhook of its account."""
    client = server.client(SCOPES)
    yield client, client.new_lead(tags=[{"id": "t1", "name": "vip"}]), new_endpoint(client)
    client.close()


@pytest.mark.parametrize("route", GETS, ids=name_of)
def test_every_get_names_its_unknown_parameters(route: Route, reached: tuple[Client, str, str]) -> None:
    client, lead_id, endpoint_id = reached
    reach = plain(route, client.account_id, lead_id, endpoint_id, key_id=client.key.split("_")[2])
    required = QUERIES.get(name_of(route), {})
    answer = client.http.get(reach.path, params={**required, "zzz": "1", "y,é": "2"})
    assert answer.status_code == 200, answer.text
    assert answer.headers["Leadloop-Ignored"] == "?zzz, ?y%2C%C3%A9"
    answer = client.http.get(reach.path, params={**required, "zzz": "1"}, headers=STRICT)
    assert answer.status_code == 400 and "zzz" in answer.text
    assert answer.headers["Preference-Applied"] == "handling=strict"
    answer = client.http.get(reach.path, params=required)
    assert answer.status_code == 200 and "Leadloop-Ignored" not in answer.headers
    for name in route.query:
        answer = client.http.get(reach.path, params={**required, name: required.get(name, "")}, headers=STRICT)
        assert "is not a known query parameter" not in answer.text and "Leadloop-Ignored" not in answer.headers


@pytest.mark.parametrize("wrong", ["statu", "statuss", "sttaus", "Status", "sta_tus", "stetus"])
def test_a_misspelt_parameter_is_refused(api: DialectClient, wrong: str) -> None:
    for headers in ({}, STRICT, {"Prefer": "handling=lenient"}):
        answer = api.client.http.get(api.leads, params={wrong: "ACTIVE"}, headers=headers)
        assert fields(answer, api.name) == [wrong] and "did you mean status?" in answer.text
        assert "ACTIVE" not in answer.text


@pytest.mark.parametrize("other", ["_", "t", "utm_source", "state", "stat"])
def test_others_are_not_taken_for_known_ones(api: DialectClient, other: str) -> None:
    answer = api.client.http.get(api.leads, params={other: "1"})
    assert (answer.status_code, answer.headers["Leadloop-Ignored"]) == (200, f"?{other}")


@pytest.mark.parametrize("path", ["/healthz", "/readyz"])
def test_the_probes_have_none(client: Client, path: str) -> None:
    answer = client.http.get(path, params={"verbose": "1"})
    assert (answer.status_code, answer.headers["Leadloop-Ignored"]) == (200, "?verbose")
    assert client.http.get(path, params={"verbose": "1"}, headers=STRICT).status_code == 400


def test_a_write_does_not_look_at_them(api: DialectClient) -> None:
    lead_id = api.new()
    answer = api.client.http.patch(f"{api.lead(lead_id)}?statu=1&zzz=2", json={api.text: "x"}, headers=STRICT)
    assert answer.status_code == 200 and "Leadloop-Ignored" not in answer.headers


def test_the_account_is_checked_before_the_parameters(client: Client) -> None:
    other = client.http.get(f"/v1/account/{'f' * 24}/lead", params={"statu": "1"})
    assert other.status_code == 403


def test_a_name_with_a_key_in_it_is_not_repeated(api: DialectClient) -> None:
    answer = api.client.http.get(api.leads, params={api.client.key: ""})
    assert answer.status_code == 400 and api.client.key not in answer.text + str(answer.headers)
