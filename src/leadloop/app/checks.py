"""Checks of this instance by name, each with one sentence: what is well, or what is wrong and how to correct it.

`leadloop doctor` and the page of the instance show them.
"""

import shlex
import shutil
import stat
import time
from collections import Counter
from pathlib import Path
from typing import NamedTuple

from leadloop import __version__, secrets
from leadloop.app.instances import mismatch
from leadloop.app.membership_check import check_memberships
from leadloop.app.renewal import accounts_to_renew
from leadloop.app.saved_view_check import check_saved_views
from leadloop.app.stores import EngineStore, clock
from leadloop.core.store import Store, StoreHealth
from leadloop.settings import BadSettings, Settings
from leadloop.webhooks.ports import WebhookStore

LEAST_FREE_BYTES = 500_000_000
_NOT_SHOWN = ("database", "pepper", "encryption_key", "account_groups")


class Check(NamedTuple):
    check: str
    ok: bool
    detail: str


async def quick(settings: Settings, store: EngineStore) -> list[Check]:
    """The checks that take some milliseconds, also on a large database. The store is open."""
    checks = [disk(Path(settings.database))] if settings.is_embedded else []
    checks.append(privacy(settings))
    started_s = time.monotonic()
    health = await store.health()
    checks += [database(health, time.monotonic() - started_s), migrations(health)]
    if checks[-1].ok:
        checks += [durability(health), await pepper(settings, store), await webhooks(settings, store)]
        checks += [await people(store), await saved_views(store), await matching_keys(store)]
    return checks


def database(health: StoreHealth, took_s: float) -> Check:
    return Check("database", True, f"{health.engine} {health.version} answers ({took_s * 1_000:.0f} ms)")


def migrations(health: StoreHealth) -> Check:
    if pending := ", ".join(health.pending_migrations):
        return Check("migrations", False, f"pending: {pending}: run `leadloop migrate`")
    return Check("migrations", health.problem is None, health.problem or "up to date")


def durability(health: StoreHealth) -> Check:
    return Check("durability", health.risk is None, health.risk or "acknowledged writes are on the disk")


def configured(settings: Settings) -> Check:
    shown = [f"version={__version__}", f"database={settings.description.partition(' ')[2]}"]
    for name in settings.__dataclass_fields__:
        if name not in _NOT_SHOWN and (value := getattr(settings, name)) is not None:
            shown.append(f"{name}={value}")
    shown += [f"{name}={'set' if getattr(settings, name) else 'not set'}" for name in ("pepper", "encryption_key")]
    return Check("settings", True, " ".join(shown))


def disk(database: Path) -> Check:
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


def privacy(settings: Settings) -> Check:
    """Whether all users of the machine can read the data or a secret."""
    files = [file for file in (settings.pepper_file, settings.encryption_key_file) if file is not None]
    if settings.is_embedded:
        files += [Path(settings.database + suffix) for suffix in ("", "-wal", "-shm")]
    open_files = [str(file) for file in files if file.exists() and file.stat().st_mode & stat.S_IROTH]
    problem = f"every user of this machine can read {', '.join(open_files)}: run chmod o-rwx {shlex.join(open_files)}"
    return Check(
        "privacy", not open_files, problem if open_files else "other users of this machine cannot read the data"
    )


async def file_soundness(store: EngineStore) -> Check:
    damage = await store.damage(whole=True)
    return Check("file", damage is None, f"{damage}: restore a backup" if damage else "all pages are intact")


async def pepper(settings: Settings, store: Store) -> Check:
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


async def webhooks(settings: Settings, store: WebhookStore) -> Check:
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
    return Check("webhooks", not lost, summary(lost, detail))


async def people(store: Store) -> Check:
    number, memberships, problems = await check_memberships(store)
    return Check("people", not problems, summary(problems, f"{number}, with {memberships} memberships in accounts"))


async def saved_views(store: Store) -> Check:
    number, problems = await check_saved_views(store, clock())
    return Check("saved views", not problems, summary(problems, f"{number}, all readable"))


async def matching_keys(store: Store) -> Check:
    number = len(await accounts_to_renew(store))
    if not number:
        return Check("matching keys", True, "all leads have current ones")
    return Check(
        "matching keys",
        False,
        f"{number} accounts have former ones: keep `leadloop serve` running to renew them, or use --recompute",
    )


def summary(problems: list[str], healthy: str) -> str:
    """The first of the problems, or the sentence for none."""
    if not problems:
        return healthy
    more = f" and {len(problems) - 3} more" if len(problems) > 3 else ""
    return "; ".join(problems[:3]) + more
