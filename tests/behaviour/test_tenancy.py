"""No account can read or change another's leads and webhooks, through any route, in any way."""

import secrets
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest
from msgspec import structs

from lab import controls
from lab.load_checks import AccountContent, load_content, read_content
from lab.server import Client, Leadloop, serving
from lab.stores import with_store
from leadloop.api.call import Route
from leadloop.core.accounts import Account
from leadloop.core.catalogue.model import Entry
from leadloop.core.keys import SCOPES, ApiKey
from leadloop.core.people.model import Member
from leadloop.core.saved_views.model import SavedView
from leadloop.webhooks.ports import StoredEndpoint, WebhookStore
from tests.support.intruder import (
    NAMES,
    ROUTES,
    Victim,
    new_endpoint,
    new_victim,
    plain,
    reaches,
    revealing_parts,
    seen,
)
from tests.support.route_bodies import BODIES

WITH_ACCOUNT = [route for route in ROUTES if "{account_id}" in route.path]
WITH_LEAD = [route for route in ROUTES if "{lead_id}" in route.path]
WITH_ENDPOINT = [route for route in ROUTES if "{endpoint_id}" in route.path]
WITH_ENTRY = [route for route in ROUTES if "{entry_id}" in route.path]
WITH_PERSON = [route for route in ROUTES if "{person_id}" in route.path]
WITH_KEY = [route for route in ROUTES if "{key_id}" in route.path]
WITH_VIEW = [route for route in ROUTES if "{view_id}" in route.path]
SILENT = ("/deliveries", "/attempts", "/attribution", "/account", "/audit", "/search/check", "/leads/count")
"""The victim's webhook is disabled and was created last, so it has neither; a setting has no word to find, a check of
a query repeats that query only, and a count is a number."""
TELLING = [route for route in ROUTES if route.method == "GET" and not route.path.endswith(SILENT)]


def ids(routes: list[Route]) -> list[str]:
    return [f"{route.method} {route.path}" for route in routes]


Contents = tuple[
    AccountContent, list[StoredEndpoint], list[Entry], Account | None, list[Member], list[ApiKey], list[SavedView]
]


def everything(server: Leadloop, account_id: str) -> Contents:
    async def read(store: WebhookStore) -> Contents:
        log, entries = await read_content(store, account_id), (await store.catalogue.get(account_id)).entries()
        members = await store.memberships.of_account(account_id, "", 1_000)
        keys = [
            structs.replace(key, last_used_at_ms=None, last_used_from=None)
            for key in await store.keys.of_account(account_id)
        ]
        account = await store.accounts.get(account_id)
        views = [view for view in await store.saved_views.all() if view.account_id == account_id]
        return log, await store.endpoints.all(account_id), list(entries), account, members, keys, views

    return with_store(server.database, read)


@pytest.fixture
def client(server: Leadloop) -> Iterator[Client]:
    """The intruder: its key has every scope in its own account."""
    client = server.client(SCOPES)
    yield client
    client.close()


@pytest.fixture(scope="module")
def victim(server: Leadloop) -> Iterator[Victim]:
    client = server.client(SCOPES)
    victim = new_victim(client)
    client.new_lead(note=victim.secret)
    yield victim
    client.close()


def test_every_route_is_covered() -> None:
    assert set(BODIES) == set(NAMES)


@pytest.fixture(scope="module")
def before(server: Leadloop, victim: Victim) -> Contents:
    """What the victim has before all tests."""
    return everything(server, victim.client.account_id)


@pytest.mark.parametrize("route", ROUTES, ids=NAMES)
def test_nothing_is_shown_or_changed(
    route: Route, server: Leadloop, client: Client, victim: Victim, before: Contents
) -> None:
    lead_id, endpoint_id = client.new_lead(), new_endpoint(client, state="disabled")
    for reach in reaches(route, client, lead_id, victim, endpoint_id):
        answer = reach.send(client)
        assert answer.status_code < 500, (reach, answer.text)
        assert seen(answer, reach, victim) == [], reach
    assert everything(server, victim.client.account_id) == before


@pytest.mark.parametrize("route", WITH_ACCOUNT, ids=ids(WITH_ACCOUNT))
def test_another_account_is_like_one_that_does_not_exist(route: Route, client: Client, victim: Victim) -> None:
    unknown = secrets.token_hex(12)
    for lead_id in (victim.lead_id, client.new_lead(), unknown):
        foreign = plain(route, victim.client.account_id, lead_id).send(client)
        assert revealing_parts(foreign) == revealing_parts(plain(route, unknown, lead_id).send(client))
        assert foreign.status_code == (404 if route.missing else 403)


@pytest.mark.parametrize("route", WITH_LEAD, ids=ids(WITH_LEAD))
def test_another_accounts_lead_is_like_one_that_does_not_exist(route: Route, client: Client, victim: Victim) -> None:
    unknown = plain(route, client.account_id, secrets.token_hex(12)).send(client)
    assert unknown.status_code == 404
    for lead_id in (victim.lead_id, f"lead_{victim.lead_id}", victim.deleted_id):
        foreign = plain(route, client.account_id, lead_id).send(client)
        assert revealing_parts(foreign) == revealing_parts(unknown)


@pytest.mark.parametrize("route", WITH_PERSON, ids=ids(WITH_PERSON))
def test_another_accounts_user_is_like_one_that_does_not_exist(route: Route, client: Client, victim: Victim) -> None:
    unknown = plain(route, client.account_id, "", person_id=secrets.token_hex(12)).send(client)
    foreign = plain(route, client.account_id, "", person_id=victim.person_id).send(client)
    assert unknown.status_code == 404
    assert revealing_parts(foreign) == revealing_parts(unknown)


@pytest.mark.parametrize("route", WITH_KEY, ids=ids(WITH_KEY))
def test_another_accounts_key_is_like_one_that_does_not_exist(route: Route, client: Client, victim: Victim) -> None:
    unknown = plain(route, client.account_id, "", key_id=secrets.token_hex(6)).send(client)
    foreign = plain(route, client.account_id, "", key_id=victim.key_id).send(client)
    assert unknown.status_code == 404
    assert revealing_parts(foreign) == revealing_parts(unknown)


@pytest.mark.parametrize("route", WITH_VIEW, ids=ids(WITH_VIEW))
def test_another_accounts_view_is_like_one_that_does_not_exist(route: Route, client: Client, victim: Victim) -> None:
    unknown = plain(route, client.account_id, "", view_id=secrets.token_hex(12)).send(client)
    foreign = plain(route, client.account_id, "", view_id=victim.view_id).send(client)
    assert unknown.status_code == 404
    assert revealing_parts(foreign) == revealing_parts(unknown)


@pytest.mark.parametrize("route", WITH_ENDPOINT, ids=ids(WITH_ENDPOINT))
def test_another_accounts_webhook_is_like_one_that_does_not_exist(route: Route, client: Client, victim: Victim) -> None:
    unknown = plain(route, client.account_id, "", secrets.token_hex(12)).send(client)
    assert unknown.status_code == 404
    assert revealing_parts(plain(route, client.account_id, "", victim.endpoint_id).send(client)) == revealing_parts(
        unknown
    )


@pytest.mark.parametrize("route", WITH_ENTRY, ids=ids(WITH_ENTRY))
def test_another_accounts_entry_is_like_one_that_does_not_exist(route: Route, client: Client, victim: Victim) -> None:
    unknown = plain(route, client.account_id, "", entry_id=secrets.token_hex(12)).send(client)
    assert unknown.status_code == 404
    assert revealing_parts(plain(route, client.account_id, "").send(client)) == revealing_parts(unknown)


def test_a_contact_of_another_account_is_no_duplicate(client: Client, victim: Victim) -> None:
    lead_id = client.new_lead(email=victim.email, phoneNumber=victim.phone)
    assert client.get(lead_id)["duplicate"] == 0
    assert client.get(client.new_lead(email=victim.email))["duplicate"] == 1


@pytest.mark.parametrize("route", TELLING, ids=ids(TELLING))
def test_the_owner_sees_what_the_others_must_not(route: Route, victim: Victim) -> None:
    """A control: the owner's answers do contain the secret word."""
    ids = {"person_id": victim.person_id, "key_id": victim.key_id, "view_id": victim.view_id}
    reach = plain(route, victim.client.account_id, victim.lead_id, victim.endpoint_id, **ids)
    if route.path.endswith("/actors"):
        reach = reach._replace(params={"ids": f"user:{victim.person_id}"})
    assert victim.secret in seen(reach.send(victim.client), reach, victim)


def test_a_server_that_finds_leads_by_their_id_alone_is_caught(tmp_path: Path) -> None:
    """The control: the same requests, judged by the same check."""
    server = Leadloop("sqlite", str(tmp_path / "leadloop.db"), command=controls.command("mixes-accounts"))
    shown: set[str] = set()
    with serving(server, SCOPES) as owner, closing(server.client()) as intruder:
        victim, lead_id = new_victim(owner), intruder.new_lead()
        before = load_content(server.database, owner.account_id)
        for route in ROUTES:
            for reach in reaches(route, intruder, lead_id, victim):
                if victim.secret in seen(reach.send(intruder), reach, victim):
                    shown.add(f"{route.method} {route.path}")
        changed = load_content(server.database, owner.account_id) != before
    changes, deliveries = (f"GET /api/v1/leads/{{lead_id}}/{noun}" for noun in ("changes", "deliveries"))
    silent = ("DELETE /api/v1/leads/{lead_id}", changes, deliveries)  # the log asks for the account; ids alone
    assert shown == {name for name in NAMES if "{lead_id}" in name and name not in silent}
    assert changed
