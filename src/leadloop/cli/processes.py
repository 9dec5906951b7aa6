"""Runs several processes for one command."""

import asyncio
from collections.abc import Callable

from leadloop.app import check_start, reason
from leadloop.server.workers import Supervisor, WorkerProcess
from leadloop.settings import BadSettings, WebhookSettings


def run_processes(
    settings: WebhookSettings, start: Callable[[], WorkerProcess], count: int, on_ready: Callable[[], None]
) -> str | None:
    """Runs until a signal stops them; returns what went wrong, if anything."""
    try:
        check_start(settings)
    except BadSettings:
        raise
    except Exception as error:
        return reason(error, settings)
    is_clean = asyncio.run(Supervisor(start, count).run(on_ready))
    return None if is_clean else "not all processes started and stopped cleanly: the log lines above say why"
