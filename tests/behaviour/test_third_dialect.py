"""A third dialect needs its package and one line: this adds one to a copy of leadloop and uses it."""

import json
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from lab.receiver import Receiver
from lab.server import Client, Leadloop
from lab.webhooks import OPTIONS, is_signed, subscribe
from leadloop.core.keys import SCOPES
from tests.conftest import new_database
from tests.support import toy
from tests.support.copies import Copy
from tests.support.feed import feed

pytestmark = pytest.mark.slow

LINE = '    "expad",\n'
PERSON = {"called": "Ana Souza", "mail": "ana@example.com", "ring": "912 345 678"}


@pytest.fixture(scope="module")
def copy(tmp_path_factory: pytest.TempPathFactory) -> Copy:
    copy = Copy(tmp_path_factory.mktemp("copy") / "src")
    shutil.copytree(Path(toy.__file__).parent, copy.package / "api" / "toy")
    copy.replace("api/dialects.py", LINE, LINE + '    "toy",\n')
    return copy


@pytest.fixture(scope="module")
def toys(
    engine: str, copy: Copy, tmp_path_factory: pytest.TempPathFactory, request: pytest.FixtureRequest
) -> Iterator[Leadloop]:
    database = new_database(engine, tmp_path_factory.mktemp("toys"), request)
    server = Leadloop(engine, database, options=OPTIONS, command=copy.command)
    server.start()
    yield server
    assert server.stop() == 0


@pytest.fixture
def owner(toys: Leadloop) -> Iterator[Client]:
    owner = toys.client(SCOPES)
    yield owner
    owner.close()


def people(client: Client, method: str, person: str = "", status: int = 200, **more: Any) -> httpx.Response:
    answer = client.http.request(method, "/toy/people" + (person and f"/{person}"), **more)
    assert answer.status_code == status, answer.text
    return answer


def new_person(client: Client, **members: Any) -> str:
    """The bare id of a new person."""
    return str(people(client, "POST", json={**PERSON, **members}).json()["ref"]).removeprefix("toy-")


def test_it_has_its_own_leads_which_the_others_show_as_theirs(owner: Client) -> None:
    person = new_person(owner)
    assert people(owner, "GET", person).json() == {"ref": f"toy-{person}", **PERSON}
    shown = owner.get_leadsail(person)
    assert (shown["firstName"], shown["lastName"], shown["email"]) == ("Ana", "Souza", PERSON["mail"])
    assert owner.get(person)["phoneNumber"] == PERSON["ring"]
    owner.patch(person, {"name": "Eva Souza"})
    answer = people(owner, "PATCH", person, json={"called": "Eva Souza", "mail": None})
    assert answer.json() == {"did": ["/mail"], "ref": f"toy-{person}"} and answer.headers["ETag"] == '"3"'
    assert people(owner, "GET", person, params={"asOf": "1"}).json()["called"] == "Ana Souza"
    people(owner, "DELETE", person)
    assert owner.get(person)["markedForDeletion"] is True


def test_its_writes_have_preconditions_idempotency_keys_and_preferences(owner: Client) -> None:
    person = new_person(owner)
    key, whole = {"Idempotency-Key": "k1"}, {"Prefer": "return=representation"}
    first, again = (people(owner, "PATCH", person, json={"called": "Eva"}, headers={**key, **whole}) for _ in range(2))
    assert first.json() == again.json() == {"ref": f"toy-{person}", **PERSON, "called": "Eva"}
    assert "Idempotent-Replayed" in again.headers and again.headers["Preference-Applied"] == "return=representation"
    people(owner, "PATCH", person, 422, json={"called": "Ida"}, headers=key)
    people(owner, "PATCH", person, 412, json={"called": "Ida"}, headers={"If-Match": '"1"'})
    stale = people(owner, "PATCH", person, 409, json={"called": "Ida"}, headers={"Leadloop-Base-Version": "1"})
    conflict = {"field": "/called", "base": "Ana Souza", "now": "Eva", "sent": "Ida"}
    assert stale.json()["conflicts"] == [conflict]
    dry = people(owner, "PATCH", person, json={"ring": "1"}, headers={"Prefer": "dry-run"}).json()["would"]
    assert dry["changed"] == [{"field": "/ring", "before": PERSON["ring"], "after": "1"}]
    upsert = {"Prefer": "upsert=phone"}
    answer = people(owner, "POST", json={"called": "Isa", "ring": "+351 912345678"}, headers=upsert)
    assert answer.json() == {"did": ["/called"], "ref": f"toy-{person}"}


def test_its_refusals_are_in_its_own_form(owner: Client) -> None:
    person = new_person(owner)
    assert people(owner, "POST", status=400, json={}).json() == {
        "oops": "invalid fields",
        "where": ["called: is required"],
    }
    unknown = people(owner, "PATCH", person, 400, json={"calld": "x"}).json()
    assert unknown["where"] == ["calld: is not a known field; did you mean called?"]
    refusals = [
        people(owner, "GET", "f" * 24, 404),
        people(owner, "PUT", person, 405),
        people(owner, "GET", f"{person}/children", 404),
        people(owner, "GET", person, 400, params={"asof": "1"}),
        people(owner, "GET", person, 401, headers={"X-API-Key": "no"}),
        people(owner, "PATCH", person, 415, content="called=Eva"),
        people(owner, "PATCH", person, 413, content=b'{"called":"' + b"x" * 1024 * 1024 + b'"}', headers=JSON),
    ]
    assert all(answer.json().keys() == {"oops", "where"} for answer in refusals)


JSON = {"Content-Type": "application/json"}


def test_the_change_feed_names_it_and_its_fields(owner: Client) -> None:
    person = new_person(owner)
    [record] = feed(owner, f"leads/{person}/changes")["changes"]
    assert record["dialect"] == "toy"
    values = {field["field"]: field["after"] for field in record["fields"]}
    assert values["/email"] == values["/toy/mail"] == PERSON["mail"] and "/toy/ring" not in values


def test_its_webhook_bodies_have_its_properties(owner: Client, receiver: Receiver) -> None:
    endpoint = subscribe(owner, receiver, body="toy", events=["PersonBorn", "lead.updated"])
    person = new_person(owner)
    owner.patch_leadsail(person, {"detail": "nothing that toy shows"})
    owner.patch(person, {"name": "Eva Souza"})
    got = receiver.until(lambda got: len(got) == 2)
    assert all(is_signed(each, endpoint["secret"]) for each in got)
    assert [(each.body["toy"], each.body["version"], each.body["person"]["called"]) for each in got] == [
        ("lead.created", 1, "Ana Souza"),
        ("lead.updated", 3, "Eva Souza"),
    ]
    assert all(each.body["event"] == each.headers["webhook-id"] for each in got)
    refused = owner.leadsail("POST", "webhooks", json={"url": receiver.url, "body": "tory", "events": ["Born"]})
    details = refused.json()["error"]["details"]
    assert "toy" in str(details) and "PersonBorn" in str(details)


def test_the_command_line_offers_it(toys: Leadloop, copy: Copy, owner: Client) -> None:
    new_person(owner)
    environment = toys.environment
    assert "toy" in copy.run(["webhooks", "create", "--help"], environment)
    lines = copy.run(["leads", "export", "--dialect", "toy", "--account", owner.account_id], environment).splitlines()
    assert [json.loads(line)["called"] for line in lines] == ["Ana Souza"]
