"""`leadloop doctor`: checks this instance. It changes nothing unless requested."""

import shlex
import shutil
import stat
import sys
import time
from collections import Counter
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, NamedTuple

from rich.console import Console
from rich.text import Text

from leadloop import __version__, secrets
from leadloop.app import EngineStore, NotReady, clock, open_sound, open_store, reason
from leadloop.app.instances import mismatch
from leadloop.app.renewal import accounts_to_renew, renew
from leadloop.cli import mixed_up as mixing
from leadloop.cli.consistency import Findings, check_consistency
from leadloop.cli.database import HOW_TO_CREATE, open_database, run
from leadloop.cli.mixed_up import MixedUp
from leadloop.cli.options import option
from leadloop.cli.output import AsJson, show_json
from leadloop.core.errors import LeadloopError
from leadloop.core.store import Store, StoreHealth
from leadloop.settings import DEFAULTS, BadSettings, Settings
from leadloop.webhooks.ports import WebhookStore

LEAST_FREE_BYTES = 500_000_000
EARLIEST_MS = int(datetime(2026, 1, 1, tzinfo=UTC).timestamp() * 1000)
"""leadloop did not exist before, so the clock is wrong."""
CLOCK_SLACK_MS = 60_000
_NOT_SHOWN = ("database", "pepper", "encryption_key", "account_groups")


class Check(NamedTuple):
    check: str
    ok: bool
    detail: str


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
        checks = []
        async for check in _checks(settings, recompute):
            checks.append(check)
            if not json:
                _show(check)
        return checks

    checks = run(settings, command)
    if json:
        show_json([check._asdict() for check in checks])
    return 0 if all(check.ok for check in checks) else 1


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
    yield _configured(settings)
    if settings.is_embedded:
        yield _disk(Path(settings.database))
    yield _privacy(settings)
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
    started = time.monotonic()
    try:
        health = await _open(settings, store)
    except LeadloopError as error:
        yield Check("database", False, reason(error, settings))
        return
    took_ms = (time.monotonic() - started) * 1000
    yield Check("database", True, f"{health.engine} {health.version} answers ({took_ms:.0f} ms)")
    pending = ", ".join(health.pending_migrations)
    if pending or health.problem:
        yield Check(
            "migrations", False, f"pending: {pending}: run `leadloop migrate`" if pending else str(health.problem)
        )
        return
    yield Check("migrations", True, "up to date")
    if settings.is_embedded:
        yield (file := await _file(store))
        if not file.ok:
            return
    yield Check("durability", health.risk is None, health.risk or "acknowledged writes are on the disk")
    yield await _pepper(settings, store)
    yield await _webhooks(settings, store)
    if recompute:
        for account_id in await accounts_to_renew(store):
            await renew(store, account_id)
        await store.derived.recompute()
        yield Check("recompute", True, "matching keys, Insights, the search index and the totals are rebuilt")
    yield await _keys(store)
    findings = await check_consistency(store)
    yield _clock(findings)
    yield Check("change feed", not findings.gaps, _detail(findings.gaps, f"{findings.records} records without gaps"))
    yield Check(
        "leads", not findings.mismatched, _detail(findings.mismatched, f"{findings.sampled} match their history")
    )
    yield Check("insights", not findings.miscounted, _detail(findings.miscounted, "the facts match the leads"))
    yield Check("totals", not findings.wrong_totals, _detail(findings.wrong_totals, "the totals match the leads"))
    yield Check("search", not findings.misindexed, _detail(findings.misindexed, "the index matches the leads"))


def _configured(settings: Settings) -> Check:
    shown = [f"version={__version__}", f"database={settings.description.partition(' ')[2]}"]
    for name in settings.__dataclass_fields__:
        if name not in _NOT_SHOWN and (value := getattr(settings, name)) is not None:
            shown.append(f"{name}={value}")
    shown += [f"{name}={'set' if getattr(settings, name) else 'not set'}" for name in ("pepper", "encryption_key")]
    return Check("settings", True, " ".join(shown))


def _disk(database: Path) -> Check:
    folder = database.absolute().parent
    try:
        free = shutil.disk_usage(folder).free
    except OSError as error:
        return Check("disk", False, f"{folder}: {error.strerror}")
    least = max(LEAST_FREE_BYTES, database.stat().st_size // 4 if database.exists() else 0)
    detail = f"{free / 1e9:.1f} GB free"
    return Check(
        "disk",
        free >= least,
        detail if free >= least else f"{detail}: free space up to {least / 1e9:.1f} GB",
    )


def _privacy(settings: Settings) -> Check:
    """Whether all users of the machine can read the data or a secret."""
    files = [file for file in (settings.pepper_file, settings.encryption_key_file) if file is not None]
    if settings.is_embedded:
        files += [Path(settings.database + suffix) for suffix in ("", "-wal", "-shm")]
    open_files = [str(file) for file in files if file.exists() and file.stat().st_mode & stat.S_IROTH]
    problem = f"every user of this machine can read {', '.join(open_files)}: run chmod o-rwx {shlex.join(open_files)}"
    return Check(
        "privacy", not open_files, problem if open_files else "other users of this machine cannot read the data"
    )


async def _file(store: EngineStore) -> Check:
    damage = await store.damage(whole=True)
    return Check("file", damage is None, f"{damage}: restore a backup" if damage else "all pages are intact")


async def _pepper(settings: Settings, store: Store) -> Check:
    file = secrets.secrets_file(settings)
    try:
        if settings.is_embedded and settings.pepper is None and settings.pepper_file is None and not file.exists():
            return await _no_secrets_file(store, file)
        problem = await mismatch(settings, store, secrets.pepper(settings))
    except (secrets.BadSecret, BadSettings) as error:
        return Check("pepper", False, str(error))
    return Check("pepper", problem is None, problem or "in place")


async def _no_secrets_file(store: Store, file: Path) -> Check:
    for account in await store.accounts.all():
        if await store.keys.of_account(account.id):
            return Check("pepper", False, f"{file} is missing: no API key works until you restore it from your backup")
    return Check("pepper", True, "none yet: the first key creates it")


async def _webhooks(settings: Settings, store: WebhookStore) -> Check:
    from leadloop.webhooks.resealing import is_stale, why_lost
    from leadloop.webhooks.vault import Vault

    endpoints = await store.endpoints.all()
    try:
        keys = secrets.encryption_keys(settings, secrets.pepper(settings) if endpoints else b"")
    except secrets.BadSecret as error:
        return Check("webhooks", False, str(error))
    vault, states = Vault(keys), Counter(stored.endpoint.state for stored in endpoints)
    lost = [f"{stored.endpoint.id}: {reason}" for stored in endpoints if (reason := why_lost(vault, stored, clock()))]
    stale = sum(is_stale(vault, stored) for stored in endpoints)
    detail = (
        f"{len(endpoints)}, of them paused {states['paused']}, disabled {states['disabled']}; the encryption key is "
    )
    detail += "set" if len(keys) > 1 else "derived from the pepper"
    detail += f"; {stale} use another one: run `leadloop webhooks reseal`" if stale else ""
    return Check("webhooks", not lost, _detail(lost, detail))


async def _keys(store: Store) -> Check:
    number = len(await accounts_to_renew(store))
    if not number:
        return Check("matching keys", True, "all leads have current ones")
    return Check(
        "matching keys",
        False,
        f"{number} accounts have former ones: keep `leadloop serve` running to renew them, or use --recompute",
    )


def _clock(findings: Findings) -> Check:
    now_ms = clock()
    shown = datetime.fromtimestamp(now_ms / 1000, UTC).isoformat(timespec="seconds")
    if now_ms < EARLIEST_MS:
        return Check("clock", False, f"{shown} is wrong: set the clock of this machine")
    if findings.newest_ms > now_ms + CLOCK_SLACK_MS:
        ahead = (findings.newest_ms - now_ms) // 1000
        return Check("clock", False, f"{shown} is {ahead} s before the newest change: compare the machines' clocks")
    return Check("clock", True, shown)


def _detail(problems: list[str], healthy: str) -> str:
    if not problems:
        return healthy
    more = f" and {len(problems) - 3} more" if len(problems) > 3 else ""
    return "; ".join(problems[:3]) + more


def _show(check: Check) -> None:
    line = Text.assemble(
        ("ok     " if check.ok else "problem", "green" if check.ok else "bold red"), f"  {check.check}: {check.detail}"
    )
    Console(highlight=False, soft_wrap=True, file=sys.stdout).print(line)
