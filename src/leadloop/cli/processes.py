"""Several processes of one command."""

import asyncio
from collections.abc import Callable

from leadloop.app import check_start, reason
from leadloop.server.workers import Supervisor, WorkerProcess
from leadloop.settings import BadSettings, WebhookSettings


def together(
    settings: WebhookSettings, start: Callable[[], WorkerProcess], count: int, on_ready: Callable[[], None]
) -> str | None:
    """Until they are told to stop; what went wrong, if anything did."""
    try:
        check_start(settings)
    except BadSettings:
        raise
    except Exception as error:
        return reason(error, settings)
    well = asyncio.run(Supervisor(start, count).run(on_ready))
    return None if well else "not every process started and stopped as it should: the log lines above say why"
