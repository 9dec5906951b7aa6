"""Many calls with one `Idempotency-Key` at once, to one process or to two: one effect, and one answer for all."""

from collections.abc import Callable
from concurrent.futures import FIRST_COMPLETED, ThreadPoolExecutor, wait

import httpx
import pytest

from lab.load_checks import inconsistencies, load_content
from lab.server import Client, Leadloop
from tests.support.dialects import DialectClient, api_of, lines
from tests.support.slow import slow
from tests.support.writes import at, create, lead_id, lead_ids, ok, patch, repeated_parts, replayed

pytestmark = pytest.mark.slow

CALLS = 24


@pytest.fixture(params=["expad", "leadsail"])
def apis(processes: list[Client], request: pytest.FixtureRequest) -> list[DialectClient]:
    return [api_of(client, request.param) for client in processes]


def at_once(apis: list[DialectClient], send: Callable[[DialectClient, int], httpx.Response]) -> list[httpx.Response]:
    """Twenty-four calls, in turn to each process."""
    with ThreadPoolExecutor(CALLS) as pool:
        return list(pool.map(lambda n: send(apis[n % len(apis)], n), range(CALLS)))


def test_one_update(apis: list[DialectClient]) -> None:
    api = apis[0]
    lead = api.new()
    name = "activities" if api.name == "expad" else "notes"
    body = {name: [{"name": "call"} if api.name == "expad" else {"text": "called"}], api.text: "x"}
    answers = at_once(apis, lambda to, _: patch(to, lead, body, key="k", prefer="return=representation"))
    assert [ok(answer) for answer in answers] == [2] * CALLS
    assert all(repeated_parts(answer) == repeated_parts(answers[0]) for answer in answers)
    assert [replayed(answer) for answer in answers].count(False) == 1
    assert at(api, lead) == 2 and len(api.shown(lead)[name]) == 1


def test_one_new_lead(apis: list[DialectClient], server: Leadloop) -> None:
    api = apis[0]
    answers = at_once(apis, lambda to, _: create(to, to.required(), key="k"))
    assert all(repeated_parts(answer) == repeated_parts(answers[0]) for answer in answers)
    assert [replayed(answer) for answer in answers].count(False) == 1
    assert lead_ids(api.client) == {lead_id(answers[0], api.name)}
    log = load_content(server.database, api.client.account_id)
    assert len(log.feed) == 1 and inconsistencies(log) == []


def test_different_requests_under_one_key(apis: list[DialectClient]) -> None:
    api = apis[0]
    lead = api.new()
    answers = at_once(apis, lambda to, n: patch(to, lead, {api.text: f"by {n % 3}"}, key="k"))
    done = {n % 3 for n, answer in enumerate(answers) if answer.status_code == 200}
    assert len(done) == 1 and at(api, lead) == 2
    assert api.shown(lead)[api.text] == f"by {done.pop()}"
    assert [answer.status_code for answer in answers].count(422) == CALLS * 2 // 3
    assert [replayed(answer) for answer in answers if answer.status_code == 200].count(False) == 1


def test_different_keys_at_once_are_different_requests(apis: list[DialectClient]) -> None:
    api = apis[0]
    lead = api.new()
    name = "activities" if api.name == "expad" else "notes"
    body = {name: [{"name": "call"} if api.name == "expad" else {"text": "called"}]}
    for again in (False, True):
        answers = at_once(apis, lambda to, n: patch(to, lead, body, key=f"k{n}"))
        assert sorted(ok(answer) for answer in answers) == list(range(2, CALLS + 2))
        assert [replayed(answer) for answer in answers] == [again] * CALLS
    assert len(api.shown(lead)[name]) == CALLS


def test_failing_calls_at_once_leave_the_key_free(apis: list[DialectClient]) -> None:
    api = apis[0]
    lead = api.new()
    answers = at_once(apis, lambda to, _: patch(to, lead, {api.text: 1}, key="k"))
    assert {answer.status_code for answer in answers} == {400} and not any(map(replayed, answers))
    assert ok(patch(api, lead, {api.text: "x"}, key="k")) == 2


def test_while_the_first_is_still_running(api: DialectClient, server: Leadloop) -> None:
    """The other waits a while, and is then told to come back. In the end it was done once."""
    lead, body = api.new(), {api.text: "x"}
    with ThreadPoolExecutor(2) as pool:
        with slow(server, lead.removeprefix("lead_")):
            calls = [pool.submit(patch, api, lead, body, key="k") for _ in range(2)]
            (impatient,) = wait(calls, return_when=FIRST_COMPLETED).done
            lines(impatient.result(), api.name, 409)
            assert impatient.result().headers["Retry-After"] == "1" and not replayed(impatient.result())
        answers = [call.result() for call in calls if call is not impatient]
    assert [(ok(answer), replayed(answer)) for answer in answers] == [(2, False)]
    again = patch(api, lead, body, key="k")
    assert replayed(again) and repeated_parts(again) == repeated_parts(answers[0])
    assert at(api, lead) == 2 and api.shown(lead)[api.text] == "x"
