"""The properties that tests/core proves in memory hold over HTTP on both engines, for answers and stored leads."""

from typing import Any

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from lab.load_checks import inconsistencies, load_content
from lab.server import Client, Leadloop
from lab.stores import with_store
from leadloop.api.body import decode_object, encode
from leadloop.core.leads.doc import encode as doc_of
from leadloop.core.leads.fold import fold
from leadloop.core.store import Store
from tests.support.examples import examples
from tests.support.strategies import EXPAD, LEADSAIL, ODD_NUMBERS, Body, bodies, new_bodies

pytestmark = pytest.mark.slow

Step = tuple[str, Any]

FIRST = st.sampled_from(["expad", "leadsail"]).flatmap(lambda name: st.tuples(st.just(name), new_bodies(name)))
PATCHES: st.SearchStrategy[Step] = st.tuples(st.just("expad"), bodies(EXPAD, most=12)) | st.tuples(
    st.just("leadsail"), bodies(LEADSAIL, most=12)
)


def send(client: Client, dialect: str, method: str, lead_id: str, body: Body | None = None) -> httpx.Response:
    """A write that returns the whole lead. Numbers are sent with all their digits."""
    request = client.expad if dialect == "expad" else client.leadsail
    path = ("lead" if dialect == "expad" else "leads") + f"/{lead_id}"
    headers = {"Prefer": "return=representation", "Content-Type": "application/json"}
    return request(method, path.rstrip("/"), content=None if body is None else encode(body), headers=headers)


def lead_in(dialect: str, answer: httpx.Response) -> Body:
    """The lead in an answer, without the other members of a write's answer."""
    body = decode_object(answer.content)
    if dialect == "expad":
        return {name: value for name, value in body.items() if name in EXPAD}
    return {name: value for name, value in body["data"].items() if name in LEADSAIL}


def version(answer: httpx.Response) -> int:
    return int(answer.headers["etag"].strip('"'))


def create(client: Client, dialect: str, body: Body) -> str:
    answer = send(client, dialect, "POST", "", body)
    assert answer.status_code in (200, 201), answer.text
    assert version(answer) == 1
    shown = answer.json() if dialect == "expad" else answer.json()["data"]
    return str(shown["leadId"]).removeprefix("lead_")


def write(client: Client, dialect: str, lead_id: str, body: Body, present: int) -> int:
    """The version after the write. Only clearing the last contact of a lead may be refused."""
    answer = send(client, dialect, "PATCH", lead_id, body)
    if answer.status_code == 400:
        assert "must not be cleared" in answer.text, answer.text
        return present
    assert answer.status_code == 200, answer.text
    assert version(answer) - present in (0, 1)
    assert lead_in(dialect, answer) == lead_in(dialect, send(client, dialect, "GET", lead_id))
    return version(answer)


def check_stored(database: str, account_id: str, lead_id: str, effective: int) -> None:
    """The log is complete, and its fold equals the stored lead, byte for byte."""

    async def read(store: Store) -> None:
        lead = await store.leads.get(account_id, lead_id)
        records = await store.changes.of_lead(account_id, lead_id, 0, 1_000)
        assert lead is not None
        assert lead.version == len(records) == effective
        assert doc_of(fold(records)) == doc_of(lead)

    with_store(database, read)


def test_random_writes(server: Leadloop, client: Client) -> None:
    @examples(40)
    @given(first=FIRST, steps=st.lists(PATCHES, min_size=1, max_size=4))
    def run(first: Step, steps: list[Step]) -> None:
        lead_id = create(client, *first)
        present = 1
        for dialect, body in steps:
            present = write(client, dialect, lead_id, body, present)
        check_stored(server.database, client.account_id, lead_id, present)
        for dialect in ("expad", "leadsail"):
            before = send(client, dialect, "GET", lead_id)
            answer = send(client, dialect, "PATCH", lead_id, lead_in(dialect, before))
            assert answer.status_code == 200, answer.text
            assert version(answer) == version(before) == present
            assert lead_in(dialect, answer) == lead_in(dialect, before)

    run()
    assert inconsistencies(load_content(server.database, client.account_id)) == []


def test_odd_numbers_and_nested_answers_have_one_form(server: Leadloop, client: Client) -> None:
    """A write and a later read show the same value in the same spelling, on both engines."""
    lead_id = create(client, "expad", {"name": "Ana"})
    odd = dict(zip("abcdefgh", ODD_NUMBERS, strict=True))
    answers = [{"key": key, "answer": value} for key, value in {**odd, "tree": {"zz": 1, "y": odd}}.items()]
    present = write(client, "leadsail", lead_id, {"customFields": {**odd, "tree": odd}, "questionnaire": answers}, 1)
    present = write(client, "expad", lead_id, {"cpf": "1"}, present)
    check_stored(server.database, client.account_id, lead_id, present)
    texts = {field["id"]: field["value"] for field in client.get(lead_id)["fields"]}
    assert texts == {
        **{"a": "0", "b": "0.1", "c": "1e-7", "d": "5e-324", "e": "0", "f": "123456789012345680"},
        **{"g": "1000000000000000", "h": "1", "tree": texts["tree"]},
    }
    assert texts["tree"].startswith('{"y":{"a":0,"b":0.1,')
