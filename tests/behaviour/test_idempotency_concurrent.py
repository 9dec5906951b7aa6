"""Many calls with one `Idempotency-Key` at once, to one process or to two: one effect, and one answer for all."""

from collections.abc import Callable
from concurrent.futures import FIRST_COMPLETED, ThreadPoolExecutor, wait

import httpx
import pytest

from lab.load_checks import inconsistencies, load_content
from lab.server import Client, Leadloop
from tests.support.dialects import Face, face, lines
from tests.support.slow import slow
from tests.support.writes import at, create, lead_id, lead_ids, ok, patch, replayed, told

pytestmark = pytest.mark.slow

CALLS = 24


@pytest.fixture(params=["expad", "leadsail"])
def faces(processes: list[Client], request: pytest.FixtureRequest) -> list[Face]:
    return [face(client, request.param) for client in processes]


def at_once(faces: list[Face], send: Callable[[Face, int], httpx.Response]) -> list[httpx.Response]:
    """Twenty-four calls, in turn to each process."""
    with ThreadPoolExecutor(CALLS) as pool:
        return list(pool.map(lambda n: send(faces[n % len(faces)], n), range(CALLS)))


def test_one_update(faces: list[Face]) -> None:
    one = faces[0]
    lead = one.new()
    name = "activities" if one.name == "expad" else "notes"
    body = {name: [{"name": "call"} if one.name == "expad" else {"text": "called"}], one.text: "x"}
    answers = at_once(faces, lambda to, _: patch(to, lead, body, key="k", prefer="return=representation"))
    assert [ok(answer) for answer in answers] == [2] * CALLS
    assert all(told(answer) == told(answers[0]) for answer in answers)
    assert [replayed(answer) for answer in answers].count(False) == 1
    assert at(one, lead) == 2 and len(one.shown(lead)[name]) == 1


def test_one_new_lead(faces: list[Face], server: Leadloop) -> None:
    one = faces[0]
    answers = at_once(faces, lambda to, _: create(to, to.required(), key="k"))
    assert all(told(answer) == told(answers[0]) for answer in answers)
    assert [replayed(answer) for answer in answers].count(False) == 1
    assert lead_ids(one.client) == {lead_id(answers[0], one.name)}
    found = load_content(server.database, one.client.account_id)
    assert len(found.feed) == 1 and inconsistencies(found) == []


def test_different_requests_under_one_key(faces: list[Face]) -> None:
    one = faces[0]
    lead = one.new()
    answers = at_once(faces, lambda to, n: patch(to, lead, {one.text: f"by {n % 3}"}, key="k"))
    done = {n % 3 for n, answer in enumerate(answers) if answer.status_code == 200}
    assert len(done) == 1 and at(one, lead) == 2
    assert one.shown(lead)[one.text] == f"by {done.pop()}"
    assert [answer.status_code for answer in answers].count(422) == CALLS * 2 // 3
    assert [replayed(answer) for answer in answers if answer.status_code == 200].count(False) == 1


def test_different_keys_at_once_are_different_requests(faces: list[Face]) -> None:
    one = faces[0]
    lead = one.new()
    name = "activities" if one.name == "expad" else "notes"
    body = {name: [{"name": "call"} if one.name == "expad" else {"text": "called"}]}
    for again in (False, True):
        answers = at_once(faces, lambda to, n: patch(to, lead, body, key=f"k{n}"))
        assert sorted(ok(answer) for answer in answers) == list(range(2, CALLS + 2))
        assert [replayed(answer) for answer in answers] == [again] * CALLS
    assert len(one.shown(lead)[name]) == CALLS


def test_failing_calls_at_once_leave_the_key_free(faces: list[Face]) -> None:
    one = faces[0]
    lead = one.new()
    answers = at_once(faces, lambda to, _: patch(to, lead, {one.text: 1}, key="k"))
    assert {answer.status_code for answer in answers} == {400} and not any(map(replayed, answers))
    assert ok(patch(one, lead, {one.text: "x"}, key="k")) == 2


def test_while_the_first_is_still_running(one: Face, server: Leadloop) -> None:
    """The other waits a while, and is then told to come back. In the end it was done once."""
    lead, body = one.new(), {one.text: "x"}
    with ThreadPoolExecutor(2) as pool:
        with slow(server, lead.removeprefix("lead_")):
            calls = [pool.submit(patch, one, lead, body, key="k") for _ in range(2)]
            (impatient,) = wait(calls, return_when=FIRST_COMPLETED).done
            lines(impatient.result(), one.name, 409)
            assert impatient.result().headers["Retry-After"] == "1" and not replayed(impatient.result())
        answers = [call.result() for call in calls if call is not impatient]
    assert [(ok(answer), replayed(answer)) for answer in answers] == [(2, False)]
    again = patch(one, lead, body, key="k")
    assert replayed(again) and told(again) == told(answers[0])
    assert at(one, lead) == 2 and one.shown(lead)[one.text] == "x"
