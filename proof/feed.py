"""Followers read the change feed while two processes write it and another connection holds the locks that they need."""

import asyncio
import random
import sys
from collections import Counter
from collections.abc import Awaitable, Callable, Sequence
from typing import NamedTuple

import msgspec

from lab.load_checks import read_feed
from lab.stores import create, open_database, write_of
from leadloop.core import ids
from leadloop.core.accounts import Account
from leadloop.core.changes import Change
from leadloop.core.store import Store
from proof.feed_control import write_early
from proof.feed_writers import WriterResult
from proof.lock_holder import hold_locks
from proof.report import Campaign, Control
from proof.trial import Trial, control_result

ENGINES = ("sqlite", "postgres")

PROCESSES = 2
LEADS = 32
FOLLOWERS = 3
LONGEST_PAGE = 40
PAUSE_S = (0.0, 0.01)
NOW_MS = 1_760_000_000_000

DOES = (
    "Writers in two processes patch the same leads while another connection holds row locks on leads and on the "
    "feed's counter for random times and rolls back its own changes (on SQLite it locks the whole file). Followers "
    "read the feed with a cursor; each must see every record exactly once, in order, at positions without gaps."
)
SHOWS = (
    "Zero violations show that a reader that stores only its position misses no record and sees none twice, in "
    "whatever order transactions begin and commit. They do not show how soon a record becomes readable."
)


class FollowerResult(NamedTuple):
    seen: list[Change]
    problems: list[str]


def run(trial: Trial) -> Campaign:
    records = asyncio.run(_write_and_follow(trial))
    control = asyncio.run(_control(trial))
    return trial.finish(does=DOES, shows=SHOWS, trials=records, unit="records", control=control)


async def _write_and_follow(trial: Trial) -> int:
    database = trial.database("feed")
    async with open_database(database, migrated=True) as store:
        account_id = await _account(store)
        leads = [(await create(store, write_of(account_id, NOW_MS), name="Ana")).id for _ in range(LEADS)]
        acknowledged_by_process: list[WriterResult] = []

        async def write(stop: asyncio.Event) -> None:
            holder = asyncio.create_task(hold_locks(database, account_id, leads, trial.name, stop))
            acknowledged_by_process.extend(
                await asyncio.gather(*(_run_writers(trial, database, account_id, n, leads) for n in range(PROCESSES)))
            )
            stop.set()
            trial.counts.update(await holder)

        results = await _follow_while(trial, store, account_id, write)
        stored = await read_feed(store, account_id)
    acknowledged = [record for result in acknowledged_by_process for record in result.records]
    for result in results:
        trial.add_violations(result.problems + judge(result.seen, stored))
    trial.add_violations(_check_acknowledged(acknowledged, stored))
    trial.counts["records"] = len(stored)
    trial.counts["acknowledged"] = len(acknowledged)
    trial.counts["refused with database_unreachable"] = sum(result.refused for result in acknowledged_by_process)
    trial.counts["followers"] = FOLLOWERS
    trial.log(f"{len(stored):,} records, each seen by {FOLLOWERS} followers")
    return len(stored)


async def _follow_while(
    trial: Trial, store: Store, account_id: str, write: Callable[[asyncio.Event], Awaitable[None]]
) -> list[FollowerResult]:
    """Runs followers while `write` runs; `write` gets the event that stops them."""
    stop = asyncio.Event()
    followers = [asyncio.create_task(follow(store, account_id, trial.random, stop)) for _ in range(FOLLOWERS)]
    try:
        await write(stop)
    finally:
        stop.set()
    return await asyncio.gather(*followers)


async def follow(store: Store, account_id: str, chance: random.Random, stop: asyncio.Event) -> FollowerResult:
    """Follows the feed with nothing but a position. Returns at the end of the feed, after `stop`."""
    result = FollowerResult([], [])
    position = 0
    while True:
        last_round = stop.is_set()
        page = await store.changes.feed(account_id, position, chance.randint(1, LONGEST_PAGE))
        for record in page:
            if record.position != position + 1:
                result.problems.append(f"position {record.position} was read after {position}")
            position = record.position
            result.seen.append(record)
        if last_round and not page:
            return result
        await asyncio.sleep(chance.uniform(*PAUSE_S))


def judge(seen: Sequence[Change], stored: Sequence[Change]) -> list[str]:
    """Reports records that the follower missed, saw twice, or saw in another order than the feed has now."""
    times = Counter((record.lead_id, record.version) for record in seen)
    problems = [f"version {key[1]} of lead {key[0]} was read {n} times" for key, n in times.items() if n > 1]
    for record in stored:
        if (record.lead_id, record.version) not in times:
            problems.append(f"the record at position {record.position} was never read")
    if not problems and list(seen) != list(stored):
        problems.append("the feed was read in another order than it has now")
    return problems


def _check_acknowledged(acknowledged: Sequence[tuple[str, int]], stored: Sequence[Change]) -> list[str]:
    versions = {(record.lead_id, record.version) for record in stored}
    lost = [f"acknowledged version {version} of lead {lead} is lost" for lead, version in set(acknowledged) - versions]
    twice = [
        f"version {key[1]} of lead {key[0]} was acknowledged {n} times"
        for key, n in Counter(acknowledged).items()
        if n > 1
    ]
    return lost + twice


async def _run_writers(trial: Trial, database: str, account_id: str, number: int, leads: Sequence[str]) -> WriterResult:
    options = trial.options
    arguments = [
        database,
        account_id,
        f"{options.seed}p{number}",
        str(options.writers // PROCESSES),
        str(options.patches),
    ]
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        "proof.feed_writers",
        *arguments,
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
    )
    try:
        output, _ = await process.communicate("\n".join(leads).encode())
    finally:
        if process.returncode is None:
            process.kill()
    if process.returncode != 0:
        raise RuntimeError(f"the writer process ended with {process.returncode}")
    return msgspec.json.decode(output, type=WriterResult)


async def _account(store: Store) -> str:
    account_id = ids.new_id(NOW_MS)
    await store.accounts.add(Account(id=account_id, name="feed", created_at_ms=NOW_MS))
    return account_id


async def _control(trial: Trial) -> Control:
    """The same followers, with writers that take their position before they do their work."""
    database = trial.database("control")
    async with open_database(database, migrated=True) as store:
        account_id = await _account(store)
        results = await _follow_while(
            trial, store, account_id, lambda _: write_early(database, account_id, trial.options.writers, trial.random)
        )
        stored = await read_feed(store, account_id)
    problems = [problem for result in results for problem in result.problems + judge(result.seen, stored)]
    counts = {"records": len(stored), "gaps and records missed": len(problems)}
    return control_result("takes a record's position before its transaction instead of at its end", counts, problems)
