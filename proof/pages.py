"""Many connections ask for the largest pages there are and read none of them: what memory does that take?"""

import asyncio
import time
from contextlib import AsyncExitStack
from typing import Any, NamedTuple

from lab import bombs, process, stores
from lab.server import Client, Leadloop, serving
from leadloop.api.queues import UNREAD_AT_ONCE
from leadloop.core.pages import PAGE_LIMIT_BYTES
from proof.lines import Ask, Gone, Line, Said, lead_path
from proof.report import Campaign, Control
from proof.trial import Trial, caught

ENGINES = ("sqlite", "postgres")

LEADS = 120
MIB = 1024 * 1024
MADE_MIB = 40
"""What a page may need while it is made: its documents, its leads as JSON, and the answer."""
MOST_MIB = UNREAD_AT_ONCE * MADE_MIB
LEFT_MIB = 64
"""What may be left of it afterwards, in the allocator and in caches of the database."""
LONGEST_S = 30.0

DOES = (
    "An account has leads of 250 KB. Two dozen connections with its key ask for the longest pages in both dialects and "
    "of the change feed, and read nothing, while another account lists, creates and updates; then they read. The "
    "server's memory is measured before, while the answers are unread, and afterwards."
)
SHOWS = (
    "Zero violations show that unread answers of one key take a bounded memory however many connections ask, that the "
    "memory falls back, that every page ends before its limit, and that others are answered meanwhile. They say "
    "nothing about many keys at once."
)


class Seen(NamedTuple):
    """Memory in MiB: above that of the server before, at most and at the end."""

    peak_mib: int
    left_mib: int
    said: list[Said]
    others: list[int]
    """The statuses that the other account was answered with."""


def run(trial: Trial) -> Campaign:
    seen = _bomb(trial, "pages", bombs.NONE)
    trial.found(judge(seen))
    statuses = [said.status for said in seen.said]
    trial.counts["pages answered"] = statuses.count(200)
    trial.counts["refused with 429 and Retry-After"] = statuses.count(429)
    trial.counts["answers to the other account meanwhile"] = len(seen.others)
    trial.counts["MiB more memory at most"] = seen.peak_mib
    trial.counts["MiB more memory afterwards"] = seen.left_mib
    connections = trial.options.connections
    return trial.finish(does=DOES, shows=SHOWS, trials=connections, unit="connections", control=_control(trial))


def judge(seen: Seen) -> list[str]:
    problems = []
    if seen.peak_mib > MOST_MIB:
        problems.append(f"unread answers took {seen.peak_mib} MiB, more than {MOST_MIB}")
    if seen.left_mib > LEFT_MIB:
        problems.append(f"{seen.left_mib} MiB of memory were left afterwards, more than {LEFT_MIB}")
    if strange := sorted({status for status in seen.others if status not in (200, 201)}):
        problems.append(f"the other account was answered {strange}")
    if len(seen.others) < 3:
        problems.append("the other account was not answered while the answers lay there")
    for said in seen.said:
        if said.status == 200 and len(said.body) >= PAGE_LIMIT_BYTES:
            problems.append(f"a page has {len(said.body):,} bytes")
        if said.status != 200 and not (said.status == 429 and "retry-after" in said.headers):
            problems.append(f"a page was answered {said}")
    if not any(said.status == 200 for said in seen.said):
        problems.append("no page was answered")
    return problems


def _bomb(trial: Trial, name: str, defect: str) -> Seen:
    server = Leadloop(trial.engine, trial.database(name), command=bombs.command(defect))
    with serving(server) as client:
        stores.load(server.database, stores.large_leads(client.account_id, LEADS))
        other = server.client()
        try:
            _warm(client, other)
            seen = asyncio.run(_unread(trial, server, client, other))
        finally:
            other.close()
    trial.say(f"{defect}: {seen.peak_mib} MiB more at most, {seen.left_mib} MiB afterwards")
    return seen


def _warm(client: Client, other: Client) -> None:
    """So that threads, connections and caches of the database are there before the measurement."""
    other.new_lead()
    for _ in range(4):
        for path in (lead_path(client, "expad"), lead_path(client, "leadsail"), "/api/v1/changes?full=true"):
            client.http.get(path, params={"limit": 20}).raise_for_status()
            other.http.get("/healthz").raise_for_status()


def _asks(client: Client, number: int) -> Ask:
    paths = (
        f"{lead_path(client, 'expad')}?pageSize=500",
        f"{lead_path(client, 'leadsail')}?limit=100",
        f"{lead_path(client, 'expad')}?pageSize=500&search=ana",
        "/api/v1/changes?full=true&limit=1000",
    )
    return Ask("GET", paths[number % len(paths)])


async def _unread(trial: Trial, server: Leadloop, client: Client, other: Client) -> Seen:
    before = process.memory(server.pid).share
    process.forget_peak(server.pid)
    asks = [_asks(client, number) for number in range(trial.options.connections)]
    async with AsyncExitStack() as opened:
        lines = [await opened.enter_async_context(Line(client)) for _ in asks]
        for line, ask in zip(lines, asks, strict=True):
            line.hold(ask)
            line.let_go()
        others: list[int] = []
        watch = _Settled(server.pid)
        while not watch.is_over():
            others += await asyncio.to_thread(_another, other)
            await asyncio.sleep(0.2)
        said = [await _answer(line, ask) for line, ask in zip(lines, asks, strict=True)]
    peak = process.memory(server.pid).peak
    watch = _Settled(server.pid)
    while not watch.is_over():  # noqa: ASYNC110 - another process settles
        await asyncio.sleep(0.2)
    return Seen((peak - before) // MIB, (process.memory(server.pid).share - before) // MIB, said, others)


class _Settled:
    """Whether a process has stopped working: it used hardly any CPU for a second, or `LONGEST_S` are over."""

    def __init__(self, pid: int) -> None:
        self._pid = pid
        self._looks: list[tuple[float, float]] = []

    def is_over(self) -> bool:
        now = time.monotonic()
        self._looks.append((now, process.cpu_seconds(self._pid)))
        begun, _ = self._looks[0]
        recent = [cpu for at, cpu in self._looks if at > now - 1.0]
        return now > begun + LONGEST_S or (now > begun + 2.0 and recent[-1] - recent[0] < 0.1 * len(recent))


def _another(other: Client) -> list[int]:
    lead_id = other.expad("POST", json={"name": "Bia"})
    done = other.expad("PATCH", f"lead/{lead_id.json()['leadId']}", json={"status": "ACTIVE"})
    return [lead_id.status_code, done.status_code, other.expad("GET").status_code]


async def _answer(line: Line, ask: Ask) -> Said:
    """A connection that lay unread for too long is closed, and the client asks again."""
    try:
        return await line.answer()
    except Gone:
        return Said(0, {}, b"closed")


def _control(trial: Trial) -> Control:
    """The same without the limits of pages and of a key."""
    seen = _bomb(trial, "control", bombs.UNBOUNDED_PAGES)
    counts: dict[str, Any] = {"connections": len(seen.said), "MiB more memory at most": seen.peak_mib}
    problems = [problem for problem in judge(seen) if "unread answers took" in problem or "bytes" in problem]
    return caught("pages and answers without a limit", counts, problems)
