"""Reads, writes and replays a lead with a long history of many items: does the event loop fold it?"""

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import NamedTuple

import httpx

from lab import bombs, stores
from lab.receiver import receiving, versions
from lab.server import Client, Leadloop, serving
from lab.webhooks import OPTIONS, act, subscribe
from proof.report import Campaign, Control
from proof.trial import Trial, control_result

ENGINES = ("sqlite", "postgres")

LONG_AGO = "2020-01-01T00:00:00Z"
PATIENCE_S = 600.0
PAUSE_S = 0.01
"""Pause between two requests of the other account."""
SCOPES = ("leads:read", "leads:write", "webhooks:manage")

DOES = (
    "A lead has many versions, each of which changes many items. A client patches the lead against its second "
    "version, reads it as of the version before the last, and replays its log to a webhook endpoint, while another "
    "account updates its own lead and requests /healthz. Every large record that the event loop folds is a violation."
)
SHOWS = (
    "Zero violations show that the event loop folds no large record, that the answers are right, and that the server "
    "answers another account during each of the three requests. They set no bound on the time; for figures see "
    "docs/benchmarks.md."
)


class BombResult(NamedTuple):
    folded: int
    """Large records folded on the event loop."""
    others: dict[str, int]
    """Answers to the other account during each request."""
    problems: list[str]


def run(trial: Trial) -> Campaign:
    count, items = trial.options.versions, trial.options.items
    result = _bomb(trial, "history", bombs.NONE, count, items)
    trial.add_violations(judge(result))
    trial.counts["versions"], trial.counts["items"] = count, items
    for name, number in result.others.items():
        trial.counts[f"answers to the other account during {name}"] = number
    return trial.finish(does=DOES, shows=SHOWS, trials=3 * count, unit="versions", control=_control(trial, items))


def judge(result: BombResult) -> list[str]:
    problems = [*result.problems]
    if result.folded:
        problems.append(f"{result.folded} large records were folded on the event loop")
    problems += [
        f"the other account was not answered during {name}" for name, number in result.others.items() if not number
    ]
    return problems


def _bomb(trial: Trial, name: str, defect: str, count: int, items: int) -> BombResult:
    command = bombs.command(defect)
    server = Leadloop(trial.engine, trial.database(name), options=OPTIONS, command=command)
    with serving(server) as other:
        client = server.client(SCOPES)
        client.http.timeout = httpx.Timeout(PATIENCE_S)
        history = stores.long_history(client.account_id, count, items)
        stores.load(server.database, [history])
        lead_id, problems, others = history[-1].lead.id, list[str](), dict[str, int]()
        for what, work in WORKS.items():
            with _requesting_beside(other) as answers:
                problems += work(client, lead_id, count)
            others[what] = answers.number
            problems += answers.problems
            trial.log(f"{defect}: {answers.number} answers to the other account during {what}")
        client.close()
    return BombResult(bombs.folded_count(server.output), others, problems)


def _patch(client: Client, lead_id: str, count: int) -> list[str]:
    answer = client.patch_leadsail(lead_id, {}, headers={"Leadloop-Base-Version": "2"})
    is_right = answer.status_code == 200 and answer.headers["ETag"] == f'"{count}"'
    return [] if is_right else [f"the PATCH was answered {answer.status_code}: {answer.text[:200]}"]


def _read(client: Client, lead_id: str, count: int) -> list[str]:
    answer = client.leadsail("GET", f"leads/{lead_id}?asOf={count - 1}")
    if answer.status_code != 200:
        return [f"the read of a past version was answered {answer.status_code}: {answer.text[:200]}"]
    lead = answer.json()["data"]
    is_right = lead["detail"] == f"d{count - 1}" and lead["questionnaire"][-1]["answer"] == count - 1
    return [] if is_right else ["the past version is wrong"]


def _replay(client: Client, lead_id: str, count: int) -> list[str]:
    with receiving() as receiver:
        endpoint = subscribe(client, receiver, body="expad")
        act(client, endpoint, "replay", since=LONG_AGO)
        got = receiver.until(lambda got: len(got) >= count)
        seen = versions(got, lead_id)
    return [] if seen == list(range(1, count + 1)) else [f"{len(seen)} versions were replayed, or out of order"]


WORKS: dict[str, Callable[[Client, str, int], list[str]]] = {
    "a PATCH": _patch,
    "a read of a past version": _read,
    "a replay": _replay,
}


class AnswerCount:
    def __init__(self) -> None:
        self.number = 0
        self.problems: list[str] = []


@contextmanager
def _requesting_beside(other: Client) -> Iterator[AnswerCount]:
    """Sends requests of the other account inside the block."""
    answers, is_over = AnswerCount(), threading.Event()
    lead_id = other.new_lead()
    requests: list[Callable[[], httpx.Response]] = [
        lambda: other.expad("PATCH", f"lead/{lead_id}", json={"name": f"Ana {answers.number}"}),
        lambda: other.http.get("/healthz"),
    ]

    def send_requests() -> None:
        while not is_over.is_set():
            answer = requests[answers.number % 2]()
            if answer.status_code != 200:
                answers.problems.append(f"the other account was answered {answer.status_code}")
            answers.number += not is_over.is_set()
            time.sleep(PAUSE_S)

    thread = threading.Thread(target=send_requests)
    thread.start()
    try:
        yield answers
    finally:
        is_over.set()
        thread.join()


def _control(trial: Trial, items: int) -> Control:
    """The same on a short history, folded on the event loop."""
    result = _bomb(trial, "control", bombs.FOLDS_ON_THE_LOOP, CONTROL_VERSIONS, items)
    counts = {"versions": CONTROL_VERSIONS, "folded on the event loop": result.folded}
    return control_result("folds on the event loop", counts, [text for text in judge(result) if "folded" in text])


CONTROL_VERSIONS = 10
