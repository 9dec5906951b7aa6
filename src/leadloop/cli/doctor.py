"""`leadloop doctor`: checks this instance. It changes nothing unless requested."""

import sys
import time
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

from rich.console import Console
from rich.text import Text

from leadloop.app import EngineStore, NotReady, checks, clock, open_sound, open_store, reason
from leadloop.app.checks import Check
from leadloop.app.renewal import accounts_to_renew, renew
from leadloop.cli import mixed_up as mixing
from leadloop.cli.consistency import Findings, check_consistency
from leadloop.cli.database import HOW_TO_CREATE, open_database, run
from leadloop.cli.mixed_up import MixedUp
from leadloop.cli.options import option
from leadloop.cli.output import AsJson, show_json
from leadloop.core.errors import LeadloopError
from leadloop.core.store import StoreHealth
from leadloop.settings import DEFAULTS, Settings

EARLIEST_MS = int(datetime(2026, 1, 1, tzinfo=UTC).timestamp() * 1000)
"""leadloop did not exist before, so the clock is wrong."""
CLOCK_SLACK_MS = 60_000


Recompute = Annotated[
    bool,
    option(
        "Renew the matching keys of leads, then rebuild the Insights, the search index and the totals of lists from "
        "the leads. You can interrupt it and run it again; servers may run meanwhile."
    ),
]


MixedUpOption = Annotated[
    bool,
    option("Instead, list leads that an upsert may have overwritten with another person, and how to undo it."),
]


def doctor(
    *,
    recompute: Recompute = False,
    mixed_up: MixedUpOption = False,
    json: AsJson = False,
    settings: Settings = DEFAULTS,
) -> int:
    """Check settings, database, secrets, clock, disk, and whether the data agree with their history."""
    if mixed_up:
        return _list_mixed_up(settings, json)

    async def command() -> list[Check]:
        results = []
        async for check in _checks(settings, recompute):
            results.append(check)
            if not json:
                _show(check)
        return results

    results = run(settings, command)
    if json:
        show_json([check._asdict() for check in results])
    return 0 if all(check.ok for check in results) else 1


def _list_mixed_up(settings: Settings, json: bool) -> int:
    async def command() -> list[MixedUp]:
        async with open_database(settings) as store:
            return [change async for change in mixing.find_mixed_up(store)]

    changes = run(settings, command)
    if json:
        show_json([mixing.as_json(change) for change in changes])
    else:
        for change in changes:
            mixing.show(change)
        print(f"{len(changes)} changes may have replaced one person by another")
    return 0


async def _checks(settings: Settings, recompute: bool) -> AsyncIterator[Check]:
    yield checks.configured(settings)
    if settings.is_embedded:
        yield checks.disk(Path(settings.database))
    yield checks.privacy(settings)
    store = open_store(settings)
    try:
        async for check in _store_checks(settings, store, recompute):
            yield check
    finally:
        await store.close()


async def _open(settings: Settings, store: EngineStore) -> StoreHealth:
    if settings.is_missing:
        raise NotReady(f"it does not exist: {HOW_TO_CREATE}")
    await open_sound(settings, store)
    return await store.health()


async def _store_checks(settings: Settings, store: EngineStore, recompute: bool) -> AsyncIterator[Check]:
    started_s = time.monotonic()
    try:
        health = await _open(settings, store)
    except LeadloopError as error:
        yield Check("database", False, reason(error, settings))
        return
    yield checks.database(health, time.monotonic() - started_s)
    yield (migrations := checks.migrations(health))
    if not migrations.ok:
        return
    if settings.is_embedded:
        yield (file := await checks.file_soundness(store))
        if not file.ok:
            return
    yield checks.durability(health)
    yield await checks.pepper(settings, store)
    yield await checks.webhooks(settings, store)
    yield await checks.people(store)
    yield await checks.saved_views(store)
    if recompute:
        for account_id in await accounts_to_renew(store):
            await renew(store, account_id)
        await store.derived.recompute()
        yield Check("recompute", True, "matching keys, Insights, the search index and the totals are rebuilt")
    yield await checks.matching_keys(store)
    findings = await check_consistency(store)
    yield _clock(findings)
    yield Check(
        "change feed", not findings.gaps, checks.summary(findings.gaps, f"{findings.records} records without gaps")
    )
    yield Check(
        "leads", not findings.mismatched, checks.summary(findings.mismatched, f"{findings.sampled} match their history")
    )
    yield Check("insights", not findings.miscounted, checks.summary(findings.miscounted, "the facts match the leads"))
    yield Check(
        "totals", not findings.wrong_totals, checks.summary(findings.wrong_totals, "the totals match the leads")
    )
    yield Check("search", not findings.misindexed, checks.summary(findings.misindexed, "the index matches the leads"))


def _clock(findings: Findings) -> Check:
    now_ms = clock()
    shown = datetime.fromtimestamp(now_ms / 1000, UTC).isoformat(timespec="seconds")
    if now_ms < EARLIEST_MS:
        return Check("clock", False, f"{shown} is wrong: set the clock of this machine")
    if findings.newest_ms > now_ms + CLOCK_SLACK_MS:
        ahead = (findings.newest_ms - now_ms) // 1000
        return Check("clock", False, f"{shown} is {ahead} s before the newest change: compare the machines' clocks")
    return Check("clock", True, shown)


def _show(check: Check) -> None:
    line = Text.assemble(
        ("ok     " if check.ok else "problem", "green" if check.ok else "bold red"), f"  {check.check}: {check.detail}"
    )
    Console(highlight=False, soft_wrap=True, file=sys.stdout).print(line)
