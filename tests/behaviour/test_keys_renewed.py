"""Leads with former matching keys: found at once, and renewed while the server runs."""

import asyncio
import time

import pytest

from lab.server import Client, Leadloop, serving
from lab.stores import with_store
from leadloop.core.leads.model import Lead
from leadloop.core.store import Store
from tests.cli.command import leadloop
from tests.conftest import new_database
from tests.storage.database import Database
from tests.storage.test_matching_keys import make_former
from tests.support.dialects import api_of
from tests.support.writes import create, lead_id

PATIENCE_S = 90.0


def _leads(server: Leadloop, account_id: str, ids: list[str]) -> list[Lead]:
    async def read(store: Store) -> list[Lead]:
        stored = [await store.leads.get(account_id, lead_id) for lead_id in ids]
        return [lead for lead in stored if lead is not None]

    return with_store(server.database, read)


def former(server: Leadloop, client: Client, ids: list[str]) -> Client:
    """The account as an older leadloop left it, with a key that the server does not know yet."""
    database = Database(server.engine, server.database)
    leads = _leads(server, client.account_id, ids)
    asyncio.run(make_former(database, leads, None, client.account_id))
    return server.client(account_id=client.account_id)


@pytest.fixture
def ids(client: Client) -> list[str]:
    phones = ("11 4112-0031", "11 94112-0031", "82 9113-1050")
    return [client.new_lead(phoneNumber=phone, email=f"ana{n}@example.com") for n, phone in enumerate(phones)]


def test_meanwhile_everybody_is_found(server: Leadloop, client: Client, ids: list[str]) -> None:
    landline, mobile, old = ids
    later = former(server, client, ids)
    try:
        api = api_of(later, "expad")
        for phone, lead in (("+55 11 4112-0031", landline), ("+55 11 94112-0031", mobile), ("82 99113-1050", old)):
            answer = create(api, {"phoneNumber": phone, "cpf": "1"}, prefer="upsert=phone")
            assert lead_id(answer, "expad") == lead
            listed = later.expad("GET", params={"phoneNumber": phone}).json()
            assert [lead["id"] for lead in listed["leads"]] == [lead] and listed["total"] == 1
            leads = later.expad("GET", params={"search": f'phone:"{phone}"'}).json()["leads"]
            assert lead in {lead_body["id"] for lead_body in leads}
        assert create(api, {"phoneNumber": "82 99113-1050"}).json()["duplicate"] == 1
        assert create(api, {"phoneNumber": "11 94112-0031"}).json()["duplicate"] == 1
        both = {"phoneNumber": "11 4112-0031", "email": "ANA0@example.com"}
        assert create(api, both).json()["duplicate"] == 1
        narrowed = later.expad("GET", params={**both, "phoneNumber": "82 9113-1050"}).json()
        assert narrowed["leads"] == []
    finally:
        later.close()


def test_the_server_renews_them(server: Leadloop, client: Client, ids: list[str]) -> None:
    """The server deletes the former keys, which no longer find a lead."""
    later = former(server, client, ids)
    try:
        deadline = time.monotonic() + PATIENCE_S
        while not _is_renewed(server, client.account_id):
            assert time.monotonic() < deadline, "the server did not renew the keys"
            time.sleep(0.5)
        assert later.expad("GET", params={"search": 'phone:"11 94112-0031"'}).json()["total"] == 1
    finally:
        later.close()


def _is_renewed(server: Leadloop, account_id: str) -> bool:
    account = with_store(server.database, lambda store: store.accounts.get(account_id))
    return account is not None and account.keys_format == 2


def test_doctor_renews_them(
    engine: str, tmp_path_factory: pytest.TempPathFactory, request: pytest.FixtureRequest
) -> None:
    folder = tmp_path_factory.mktemp("doctor")
    server = Leadloop(engine, new_database(engine, folder, request))
    with serving(server) as client:
        made = [client.new_lead(phoneNumber="11 94112-0031")]
    former(server, client, made).close()
    environment = {"DATABASE": server.database, "PEPPER": server.environment["LEADLOOP_PEPPER"]}
    before = leadloop("doctor", folder=folder, **environment)
    assert before.code == 1 and "matching keys" in before.out and "--recompute" in before.out
    after = leadloop("doctor", "--recompute", folder=folder, **environment)
    assert after.code == 0, after.out
    assert "matching keys: all leads have current ones" in after.out
