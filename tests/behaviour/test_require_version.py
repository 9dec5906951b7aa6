"""An account can require that every change names the version that was read (semantics section 3)."""

import time

import httpx
import pytest

from lab.server import Client, Leadloop
from leadloop.api.guard import CACHE_MS
from tests.support.dialects import DialectClient, fields, lines
from tests.support.writes import (
    EXTRA,
    NOBODY,
    at,
    conflicts,
    create,
    delete,
    lead_id,
    ok,
    patch,
    planned,
    require_version,
    revert,
)

SEEN_WITHIN_SECONDS = 60.0
"""A generous limit for busy machines; usually `CACHE_MS` bounds it."""


@pytest.fixture
def strict(api: DialectClient, server: Leadloop) -> DialectClient:
    """An account with the setting, before its key is used for the first time."""
    require_version(server, api.client.account_id)
    return api


@pytest.fixture
def strict_client(client: Client, server: Leadloop) -> Client:
    require_version(server, client.account_id)
    return client


def test_a_patch_that_names_no_version_is_refused(strict: DialectClient) -> None:
    lead = strict.new()
    for body in ({strict.text: "x"}, {}):
        lines(patch(strict, lead, body), strict.name, 428)
    assert at(strict, lead) == 1


def test_a_patch_that_names_one_is_not(strict: DialectClient) -> None:
    lead = strict.new()
    assert ok(patch(strict, lead, {strict.text: "1"}, if_match=1)) == 2
    assert ok(patch(strict, lead, {strict.text: "2"}, if_match="*")) == 3
    assert ok(patch(strict, lead, {strict.text: "3"}, base=3)) == 4
    assert ok(patch(strict, lead, {strict.text: "4"}, if_match=4, base=4)) == 5
    lines(patch(strict, lead, {strict.text: "5"}, if_match=1), strict.name, 412)
    assert list(conflicts(patch(strict, lead, {strict.text: "5"}, base=1), strict.name)) == [f"/{strict.text}"]


def test_reading_and_creating_need_none(strict: DialectClient) -> None:
    created = create(strict, strict.required())
    lead = lead_id(created, strict.name)
    assert strict.client.http.get(strict.lead(lead)).status_code == 200
    assert strict.client.http.get(strict.leads).status_code == 200


def test_nor_does_an_upsert(strict: DialectClient) -> None:
    email = {"email": "ana@example.com"}
    lead = lead_id(create(strict, {**strict.required(), **email}, prefer="upsert=email"), strict.name)
    answer = create(strict, {**strict.required(), **email, **EXTRA[strict.name]}, prefer="upsert=email")
    assert (lead_id(answer, strict.name), ok(answer)) == (lead, 2)


def test_its_place_in_the_order_of_checks(strict: DialectClient) -> None:
    lead = strict.new()
    lines(patch(strict, NOBODY, {strict.text: "x"}), strict.name, 404)
    lines(patch(strict, lead, {strict.text: 1}), strict.name, 428)
    assert fields(strict.patch(lead, "{"), strict.name) == ["body"]
    assert fields(patch(strict, lead, {}, if_match="1"), strict.name) == ["If-Match"]


def test_a_dry_run_fails_as_the_call_itself_would(strict: DialectClient) -> None:
    lead = strict.new()
    lines(patch(strict, lead, {strict.text: "x"}, prefer="dry-run"), strict.name, 428)
    assert planned(patch(strict, lead, {strict.text: "x"}, prefer="dry-run", if_match=1), strict.name)


def test_deleting(strict_client: Client) -> None:
    client = strict_client
    first, second = client.new_leadsail_lead(), client.new_leadsail_lead()
    lines(delete(client, first), "leadsail", 428)
    assert "deletedAt" not in client.get_leadsail(first)
    lines(delete(client, NOBODY), "leadsail", 404)
    assert ok(delete(client, first, if_match=1)) == 2
    assert ok(delete(client, second, base=1)) == 2


def test_reverting(strict_client: Client) -> None:
    client = strict_client
    lead = client.new_leadsail_lead()
    client.patch_leadsail(lead, {"detail": "x"}, headers={"If-Match": "*"})
    lines(revert(client, lead, {"version": 1}), "leadsail", 428)
    assert client.get_leadsail(lead)["detail"] == "x"
    assert ok(revert(client, lead, {"version": 1}, if_match="*")) == 3
    assert ok(revert(client, lead, {"version": 2}, base=3)) == 4


def test_other_accounts_do_not_ask(strict: DialectClient, server: Leadloop) -> None:
    lead = strict.new()
    other = server.client()
    own = DialectClient(other, strict.name, strict.text, strict.long_text)
    assert ok(patch(own, own.new(), {own.text: "x"})) == 2
    other.close()
    lines(patch(strict, lead, {strict.text: "x"}), strict.name, 428)


def until(api: DialectClient, lead: str, status: int) -> httpx.Response:
    """Sends changes without a version until they are refused, which must be within seconds."""
    deadline = time.monotonic() + SEEN_WITHIN_SECONDS
    while (answer := patch(api, lead, {})).status_code != status:
        assert time.monotonic() < deadline, "not seen"
        time.sleep(0.1)
    return answer


def test_the_setting_applies_within_seconds_and_can_be_undone(api: DialectClient, server: Leadloop) -> None:
    lead = api.new()
    assert ok(patch(api, lead, {api.text: "x"})) == 2
    require_version(server, api.client.account_id)
    lines(until(api, lead, 428), api.name, 428)
    require_version(server, api.client.account_id, required=False)
    assert ok(until(api, lead, 200)) == 2
    assert ok(patch(api, lead, {api.text: "y"})) == 3
    assert CACHE_MS < 5_000
