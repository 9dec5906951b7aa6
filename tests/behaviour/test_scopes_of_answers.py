"""No answer of any route shows a key more than its scopes allow, nor data of another account."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast
from unittest.mock import patch

import pytest

from lab import controls
from lab.server import Client, Leadloop
from leadloop.api import asgi
from leadloop.api.call import Route
from leadloop.api.health import Probe
from leadloop.api.resource import Resource
from leadloop.core.keys import SCOPES
from tests.support.intruder import NAMES, ROUTES, name_of
from tests.support.scopes import (
    ACTORS,
    API_KEYS,
    KEYS,
    LEADS,
    PEOPLE,
    VIEWS,
    WEBHOOKS,
    Owner,
    Scopes,
    documented,
    faults_of,
    may_call,
    new_owner,
    request,
    send,
    variants,
)

Keys = list[tuple[Scopes, Client, bool]]
"""Keys with their scopes, and whether they are of the owner's account."""
SILENT = (
    "/attribution",
    "/account",
    "/audit",
    "/link",
    "/deliveries",
    "/attempts",
    "/resend",
    "/recover",
    "/replay",
    "/test",
    "/leads/count",
    "/search/check",
)
CREATING = (
    "POST /api/v1/webhooks",
    "POST /api/v1/catalogue/{kind}",
    "POST /api/v1/users",
    "POST /api/v1/keys",
    "POST /api/v1/views",
)
"""Routes that show nothing that was stored before."""


@contextmanager
def keys_of(server: Leadloop) -> Iterator[tuple[Owner, Keys]]:
    owner = new_owner(server.client(SCOPES))
    keys = [
        (scopes, server.client(sorted(scopes), account_id), account_id is not None)
        for scopes in KEYS
        for account_id in (owner.client.account_id, None)
    ]
    yield owner, keys
    for client in (owner.client, *(client for _, client, _ in keys)):
        client.close()


@pytest.fixture(scope="module")
def account(server: Leadloop) -> Iterator[tuple[Owner, Keys]]:
    with keys_of(server) as account:
        yield account


def all_faults(route: Route, owner: Owner, keys: Keys) -> list[str]:
    """Every violation, with its key. Only keys that may write get a new lead for each request."""
    faults: list[str] = []
    for variant in variants(route):
        shared = request(route, owner, variant)
        for scopes, client, own in sorted(keys, key=lambda key: key[2] and may_call(route, key[0])):
            may_change = own and may_call(route, scopes) and route.method != "GET"
            for answer in send(request(route, owner, variant) if may_change else shared, client):
                assert answer.status_code < 500, (route, variant, answer.text)
                shown = faults_of(route, answer, scopes, owner, own=own)
                faults += [f"{sorted(scopes)} {own} {variant.headers}: {fault}" for fault in shown]
    return faults


def test_the_tables_are_all_that_is_served() -> None:
    context: Any = SimpleNamespace(store=None, clock=None, view=None)
    with patch.object(asgi, "PathRouter", lambda resources, missing: resources):
        served: Any = asgi.build(sender_context=context, insights=cast(Any, None), pepper=b"", stopping=cast(Any, None))
    rows = {
        f"{method} {path}"
        for path, resource in served.items()
        if isinstance(resource, Resource)
        for method in resource._methods
    }
    assert rows == set(NAMES)
    probes = {path for path, resource in served.items() if isinstance(resource, Probe)}
    assert probes == {"/healthz", "/readyz"} and len(served) == len({route.path for route in ROUTES} | probes)


@pytest.mark.parametrize("route", ROUTES, ids=NAMES)
def test_the_table_asks_for_the_documented_scopes(route: Route) -> None:
    assert {route.scope, route.also} - {None} == documented(route)


@pytest.mark.parametrize("route", ROUTES, ids=NAMES)
def test_no_answer_shows_more_than_the_scopes_allow(route: Route, account: tuple[Owner, Keys]) -> None:
    owner, keys = account
    assert all_faults(route, owner, keys) == []
    answers = [answer for variant in variants(route) for answer in send(request(route, owner, variant), owner.client)]
    words = [owner.lead_word, owner.entry_word]
    if route.path.startswith((WEBHOOKS, PEOPLE, ACTORS, API_KEYS)):
        words = [owner.webhook_word, owner.person_word, owner.key_word]
    if route.path.startswith(VIEWS):
        words = [owner.view_word]
    is_silent = route.missing or route.method == "DELETE" or route.path.endswith(SILENT) or name_of(route) in CREATING
    assert is_silent or any(word in answer.text for answer in answers for word in words), "there was nothing to show"
    if route.method == "PATCH" and route.path.endswith("{lead_id}"):
        assert {200, 400, 409, 412} <= {answer.status_code for answer in answers}


SERVED = [route for route in ROUTES if not route.missing]
LEAD_WRITES = [route for route in SERVED if route.method != "GET" and route.path.startswith(LEADS)]


@pytest.mark.slow
@pytest.mark.parametrize(
    "defect, routes",
    [("forgets-scopes", SERVED), ("shows-leads", LEAD_WRITES)],
    ids=["forgets-scopes", "shows-leads"],
)
def test_a_server_that_shows_more_is_caught(defect: str, routes: list[Route], tmp_path: Path) -> None:
    """The control: the same requests, judged by the same check."""
    server = Leadloop("sqlite", str(tmp_path / "leadloop.db"), command=controls.command(defect))
    server.start()
    with keys_of(server) as (owner, keys):
        narrow = [key for key in keys if key[0] in ({"leads:write"}, {"webhooks:manage"}) and key[2]]
        caught = [route for route in routes if all_faults(route, owner, narrow)]
    assert server.stop() == 0
    assert list(map(name_of, caught)) == list(map(name_of, routes))


def test_a_route_without_documented_scopes_fails() -> None:
    with pytest.raises(LookupError):
        documented(Route("GET", "/api/v1/people", "leads:read", cast(Any, None)))
