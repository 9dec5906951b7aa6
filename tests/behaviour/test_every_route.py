"""What every route does before its handler runs, from the tables of routes (semantics section 2)."""

from collections.abc import Iterator
from typing import Any

import pytest

from lab.server import Client, Leadloop
from leadloop.api.call import Route, Takes
from leadloop.core.keys import SCOPES
from tests.support.intruder import ROUTES, Reach, name_of, new_endpoint, plain

WHOLE = [route for route in ROUTES if not route.missing]
WITH_BODY = [route for route in WHOLE if route.takes in (Takes.OBJECT, Takes.NEW, Takes.LEAD_CHANGE)]
WITH_KEY = [route for route in WHOLE if route.takes in (Takes.NEW, Takes.LEAD_CHANGE)]
WITH_PRECONDITIONS = [route for route in WHOLE if route.takes in (Takes.LEAD_CHANGE, Takes.LEAD_DELETION)]
JSON = {"Content-Type": "application/json"}


@pytest.fixture(scope="module")
def reached(server: Leadloop) -> Iterator[tuple[Client, str, str]]:
    """A client, and a lead and a webhook of its account."""
    client = server.client(SCOPES)
    yield client, client.new_lead(tags=[{"id": "t1", "name": "vip"}]), new_endpoint(client)
    client.close()


def sent(route: Route, reached: tuple[Client, str, str], status: int, headers: dict[str, str], **more: Any) -> str:
    """The text of an error answer with this status."""
    client, lead_id, endpoint_id = reached
    reach: Reach = plain(route, client.account_id, lead_id, endpoint_id)
    content = more or {"json": reach.json}
    answer = client.http.request(reach.method, reach.path, params=reach.params, headers=headers, **content)
    assert answer.status_code == status, answer.text
    return answer.text


@pytest.mark.parametrize("route", WHOLE, ids=name_of)
def test_a_missing_key_is_reported_before_anything_else(route: Route, reached: tuple[Client, str, str]) -> None:
    sent(route, reached, 401, {"X-API-Key": "no", "Content-Type": "text/plain", "If-Match": "?"}, content=b"[")
    client, lead_id, endpoint_id = reached
    path = plain(route, client.account_id, lead_id, endpoint_id).path
    answer = client.http.request(route.method, path, params={"api_key": client.key})
    assert answer.status_code == 400 and client.key not in answer.text


@pytest.mark.parametrize("route", WITH_BODY, ids=name_of)
def test_its_body_is_a_json_object(route: Route, reached: tuple[Client, str, str]) -> None:
    sent(route, reached, 413, JSON, content=b" " * (1024 * 1024 + 1))
    sent(route, reached, 415, {"Content-Type": "text/plain"}, content=b"{}")
    for body in (b"", b"[", b"[]", b'{"a":"\x00"}', b'{"a":NaN}'):
        sent(route, reached, 400, JSON, content=body)


@pytest.mark.parametrize("route", WITH_KEY, ids=name_of)
def test_its_idempotency_key_is_judged_before_its_body(route: Route, reached: tuple[Client, str, str]) -> None:
    for key in ("", "a b", "x" * 256):
        assert "Idempotency-Key" in sent(route, reached, 400, {**JSON, "Idempotency-Key": key}, content=b"[")


@pytest.mark.parametrize("route", WITH_PRECONDITIONS, ids=name_of)
def test_its_preconditions_are_judged_before_its_body(route: Route, reached: tuple[Client, str, str]) -> None:
    assert "If-Match" in sent(route, reached, 400, {**JSON, "If-Match": "1"}, content=b"[")
    assert "Base-Version" in sent(route, reached, 400, {**JSON, "Leadloop-Base-Version": "0"}, content=b"[")
    sent(route, reached, 412, {"If-Match": '"999"'})
