"""Many connections request the largest pages and read none of them: how much memory does that take?"""

import asyncio
import time
from contextlib import AsyncExitStack
from typing import Any, NamedTuple

from lab import bombs, process, stores
from lab.server import Client, Leadloop, serving
from leadloop.api.queues import UNREAD_AT_ONCE
from leadloop.core.pages import PAGE_LIMIT_BYTES
from proof.connections import Answer, Connection, ConnectionLost, Request, lead_path
from proof.report import Campaign, Control
from proof.trial import Trial, control_result

ENGINES = ("sqlite", "postgres")

LEADS = 120
MIB = 1024 * 1024
BUILD_MIB = 40
"""Memory that building one page may take: its documents, its leads as JSON, and the answer."""
MOST_MIB = UNREAD_AT_ONCE * BUILD_MIB
LEFT_MIB = 64
"""Memory that may remain afterwards, in the allocator and in caches of the database."""
LONGEST_S = 30.0

DOES = (
    "An account has leads of 250 KB. Two dozen connections with its key request the longest pages of both dialects "
    "and of the change feed and do not read the answers, while another account lists, creates and updates leads. Then "
    "they read. The campaign measures the server's memory before, while the answers are unread, and afterwards."
)
SHOWS = (
    "Zero violations show that unread answers of one key take bounded memory however many connections request them, "
    "that the server releases the memory, that every page stays below its limit, and that the server answers other "
    "accounts meanwhile. They say nothing about many keys at once."
)


class Measurement(NamedTuple):
    """Growth of the server's memory in MiB, at its peak and at the end."""

    peak_mib: int
    left_mib: int
    answers: list[Answer]
    others: list[int]
    """The statuses of the answers to the other account."""


def run(trial: Trial) -> Campaign:
    measurement = _bomb(trial, "pages", bombs.NONE)
    trial.add_violations(judge(measurement))
    statuses = [answer.status for answer in measurement.answers]
    trial.counts["pages answered"] = statuses.count(200)
    trial.counts["answered 429 with Retry-After"] = statuses.count(429)
    trial.counts["answers to the other account meanwhile"] = len(measurement.others)
    trial.counts["peak memory growth, MiB"] = measurement.peak_mib
    trial.counts["remaining memory growth, MiB"] = measurement.left_mib
    connections = trial.options.connections
    return trial.finish(does=DOES, shows=SHOWS, trials=connections, unit="connections", control=_control(trial))


def judge(measurement: Measurement) -> list[str]:
    problems = []
    if measurement.peak_mib > MOST_MIB:
        problems.append(f"unread answers took {measurement.peak_mib} MiB, more than {MOST_MIB}")
    if measurement.left_mib > LEFT_MIB:
        problems.append(f"{measurement.left_mib} MiB of memory remained afterwards, more than {LEFT_MIB}")
    if strange := sorted({status for status in measurement.others if status not in (200, 201)}):
        problems.append(f"the other account was answered {strange}")
    if len(measurement.others) < 3:
        problems.append("the other account was not answered while the answers were unread")
    for answer in measurement.answers:
        if answer.status == 200 and len(answer.body) >= PAGE_LIMIT_BYTES:
            problems.append(f"a page has {len(answer.body):,} bytes")
        if answer.status != 200 and not (answer.status == 429 and "retry-after" in answer.headers):
            problems.append(f"a page was answered {answer}")
    if not any(answer.status == 200 for answer in measurement.answers):
        problems.append("no page was answered")
    return problems


def _bomb(trial: Trial, name: str, defect: str) -> Measurement:
    server = Leadloop(trial.engine, trial.database(name), command=bombs.command(defect))
    with serving(server) as client:
        stores.load(server.database, stores.large_leads(client.account_id, LEADS))
        other = server.client()
        try:
            _warm(client, other)
            measurement = asyncio.run(_leave_unread(trial, server, client, other))
        finally:
            other.close()
    trial.log(f"{defect}: {measurement.peak_mib} MiB more at the peak, {measurement.left_mib} MiB afterwards")
    return measurement


def _warm(client: Client, other: Client) -> None:
    """Starts threads, connections and caches of the database before the measurement."""
    other.new_lead()
    for _ in range(4):
        for path in (lead_path(client, "expad"), lead_path(client, "leadsail"), "/api/v1/changes?full=true"):
            client.http.get(path, params={"limit": 20}).raise_for_status()
            other.http.get("/healthz").raise_for_status()


def _request_for(client: Client, number: int) -> Request:
    paths = (
        f"{lead_path(client, 'expad')}?pageSize=500",
        f"{lead_path(client, 'leadsail')}?limit=100",
        f"{lead_path(client, 'expad')}?pageSize=500&search=ana",
        "/api/v1/changes?full=true&limit=1000",
    )
    return Request("GET", paths[number % len(paths)])


async def _leave_unread(trial: Trial, server: Leadloop, client: Client, other: Client) -> Measurement:
    before = process.memory(server.pid).share
    process.forget_peak(server.pid)
    requests = [_request_for(client, number) for number in range(trial.options.connections)]
    async with AsyncExitStack() as opened:
        connections = [await opened.enter_async_context(Connection(client)) for _ in requests]
        for connection, request in zip(connections, requests, strict=True):
            connection.send_but_last_byte(request)
            connection.send_last_byte()
        others: list[int] = []
        watch = _IdleWatch(server.pid)
        while not watch.is_idle():
            others += await asyncio.to_thread(_use_other_account, other)
            await asyncio.sleep(0.2)
        answers = [
            await _read_answer(connection, request) for connection, request in zip(connections, requests, strict=True)
        ]
    peak = process.memory(server.pid).peak
    watch = _IdleWatch(server.pid)
    while not watch.is_idle():  # noqa: ASYNC110 - waits for another process
        await asyncio.sleep(0.2)
    return Measurement((peak - before) // MIB, (process.memory(server.pid).share - before) // MIB, answers, others)


class _IdleWatch:
    """Detects that a process is idle: it has used hardly any CPU for a second, or `LONGEST_S` have passed."""

    def __init__(self, pid: int) -> None:
        self._pid = pid
        self._samples: list[tuple[float, float]] = []

    def is_idle(self) -> bool:
        now = time.monotonic()
        self._samples.append((now, process.cpu_seconds(self._pid)))
        start, _ = self._samples[0]
        recent = [cpu for at, cpu in self._samples if at > now - 1.0]
        return now > start + LONGEST_S or (now > start + 2.0 and recent[-1] - recent[0] < 0.1 * len(recent))


def _use_other_account(other: Client) -> list[int]:
    created = other.expad("POST", json={"name": "Bia"})
    patched = other.expad("PATCH", f"lead/{created.json()['leadId']}", json={"status": "ACTIVE"})
    return [created.status_code, patched.status_code, other.expad("GET").status_code]


async def _read_answer(connection: Connection, request: Request) -> Answer:
    """Reads the answer; the server closes a connection that stays unread for too long."""
    try:
        return await connection.read_answer()
    except ConnectionLost:
        return Answer(0, {}, b"closed")


def _control(trial: Trial) -> Control:
    """The same without the limits on pages and on unread answers of a key."""
    measurement = _bomb(trial, "control", bombs.UNBOUNDED_PAGES)
    counts: dict[str, Any] = {"connections": len(measurement.answers), "peak memory growth, MiB": measurement.peak_mib}
    problems = [problem for problem in judge(measurement) if "unread answers took" in problem or "bytes" in problem]
    return control_result("no limits on pages and unread answers", counts, problems)
