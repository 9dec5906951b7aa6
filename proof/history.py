"""A lead with a long history of many items is read, written and replayed: does the event loop fold it?"""

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
from proof.trial import Trial, caught

ENGINES = ("sqlite", "postgres")

LONG_AGO = "2020-01-01T00:00:00Z"
PATIENCE_S = 600.0
PAUSE_S = 0.01
"""Between two requests of the other account."""
SCOPES = ("leads:read", "leads:write", "webhooks:manage")

DOES = (
    "A lead has many versions, of which each changes many items. It is patched against its second version, read as of "
    "the version before the last, and its log is replayed to a webhook endpoint, while another account updates a lead "
    "of its own and asks /healthz. Each large record that is folded on the event loop counts as a violation."
)
SHOWS = (
    "Zero violations show that the event loop folds no large record, that what is answered is right, and that another "
    "account is answered during each of the three. They bound no time: docs/benchmarks.md has those figures."
)


class Bombed(NamedTuple):
    folded: int
    """Large records, on the event loop."""
    others: dict[str, int]
    """How often the other account was answered during each request."""
    problems: list[str]


def run(trial: Trial) -> Campaign:
    count, items = trial.options.versions, trial.options.items
    bombed = _bomb(trial, "history", bombs.NONE, count, items)
    trial.found(judge(bombed))
    trial.counts["versions"], trial.counts["items"] = count, items
    for name, number in bombed.others.items():
        trial.counts[f"answers to the other account during {name}"] = number
    return trial.finish(does=DOES, shows=SHOWS, trials=3 * count, unit="versions", control=_control(trial, items))


def judge(bombed: Bombed) -> list[str]:
    problems = [*bombed.problems]
    if bombed.folded:
        problems.append(f"{bombed.folded} large records were folded on the event loop")
    problems += [f"nobody was answered during {name}" for name, number in bombed.others.items() if not number]
    return problems


def _bomb(trial: Trial, name: str, defect: str, count: int, items: int) -> Bombed:
    command = bombs.command(defect)
    server = Leadloop(trial.engine, trial.database(name), options=OPTIONS, command=command)
    with serving(server) as other:
        client = server.client(SCOPES)
        client.http.timeout = httpx.Timeout(PATIENCE_S)
        history = stores.long_history(client.account_id, count, items)
        stores.load(server.database, [history])
        lead_id, problems, others = history[-1].lead.id, list[str](), dict[str, int]()
        for what, work in WORKS.items():
            with _beside(other) as answered:
                problems += work(client, lead_id, count)
            others[what] = answered.number
            problems += answered.problems
            trial.say(f"{defect}: {answered.number} answers to the other account during {what}")
        client.close()
    return Bombed(bombs.folded(server.output), others, problems)


def _patched(client: Client, lead_id: str, count: int) -> list[str]:
    answer = client.patch_leadsail(lead_id, {}, headers={"Leadloop-Base-Version": "2"})
    is_right = answer.status_code == 200 and answer.headers["ETag"] == f'"{count}"'
    return [] if is_right else [f"the PATCH was answered {answer.status_code}: {answer.text[:200]}"]


def _read(client: Client, lead_id: str, count: int) -> list[str]:
    answer = client.leadsail("GET", f"leads/{lead_id}?asOf={count - 1}")
    if answer.status_code != 200:
        return [f"the past was answered {answer.status_code}: {answer.text[:200]}"]
    lead = answer.json()["data"]
    is_right = lead["detail"] == f"d{count - 1}" and lead["questionnaire"][-1]["answer"] == count - 1
    return [] if is_right else ["the past is wrong"]


def _replayed(client: Client, lead_id: str, count: int) -> list[str]:
    with receiving() as receiver:
        endpoint = subscribe(client, receiver, body="expad")
        act(client, endpoint, "replay", since=LONG_AGO)
        got = receiver.until(lambda got: len(got) >= count)
        seen = versions(got, lead_id)
    return [] if seen == list(range(1, count + 1)) else [f"{len(seen)} versions were replayed, or not in their order"]


WORKS: dict[str, Callable[[Client, str, int], list[str]]] = {
    "a PATCH": _patched,
    "a read of the past": _read,
    "a replay": _replayed,
}


class Answered:
    def __init__(self) -> None:
        self.number = 0
        self.problems: list[str] = []


@contextmanager
def _beside(other: Client) -> Iterator[Answered]:
    """Asks as the other account, again and again, as long as it lasts."""
    answered, is_over = Answered(), threading.Event()
    lead_id = other.new_lead()
    asks: list[Callable[[], httpx.Response]] = [
        lambda: other.expad("PATCH", f"lead/{lead_id}", json={"name": f"Ana {answered.number}"}),
        lambda: other.http.get("/healthz"),
    ]

    def ask() -> None:
        while not is_over.is_set():
            answer = asks[answered.number % 2]()
            if answer.status_code != 200:
                answered.problems.append(f"the other account was answered {answer.status_code}")
            answered.number += not is_over.is_set()
            time.sleep(PAUSE_S)

    thread = threading.Thread(target=ask)
    thread.start()
    try:
        yield answered
    finally:
        is_over.set()
        thread.join()


def _control(trial: Trial, items: int) -> Control:
    """The same on a short history, folded on the event loop."""
    bombed = _bomb(trial, "control", bombs.FOLDS_ON_THE_LOOP, CONTROL_VERSIONS, items)
    counts = {"versions": CONTROL_VERSIONS, "folded on the event loop": bombed.folded}
    return caught("a fold on the event loop", counts, [text for text in judge(bombed) if "folded" in text])


CONTROL_VERSIONS = 10
