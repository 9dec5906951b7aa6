"""The report on this instance for its operators."""

from collections.abc import Callable

from leadloop.app import checks
from leadloop.app.backups import last_backup_ms
from leadloop.app.stores import EngineStore
from leadloop.settings import Settings
from leadloop.web.report import InstanceReport


async def report(settings: Settings, store: EngineStore, webhooks: Callable[[], str]) -> InstanceReport:
    return InstanceReport(
        database=settings.description,
        size_bytes=await store.size_bytes(),
        workers=settings.workers,
        webhooks=webhooks(),
        backup_at_ms=last_backup_ms(settings),
        checks=await checks.quick(settings, store),
    )
