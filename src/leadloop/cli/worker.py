"""`leadloop worker`: sends webhooks in separate processes."""

import functools
from typing import Annotated

from cyclopts import Parameter, validators

from leadloop import __version__
from leadloop import app as root
from leadloop.cli.output import STDOUT, CommandError
from leadloop.cli.processes import run_processes
from leadloop.server import logs
from leadloop.server.output import queued_output
from leadloop.server.workers import WorkerProcess
from leadloop.settings import WEBHOOK_DEFAULTS, BadSettings, WebhookSettings


def worker(
    *,
    processes: Annotated[int, Parameter(help="How many processes.", validator=validators.Number(gte=1, lte=64))] = 1,
    settings: WebhookSettings = WEBHOOK_DEFAULTS,
) -> int:
    """Send webhooks until SIGTERM or Ctrl-C; deliveries in flight are finished first. PostgreSQL only."""
    if settings.is_embedded:
        raise BadSettings("leadloop worker needs PostgreSQL: from an embedded database, leadloop serve sends webhooks")
    with logs.queued(settings.log_level), queued_output(STDOUT) as stdout:

        def announce() -> None:
            stdout.write(f"leadloop {__version__} sending webhooks ({settings.description})\n")

        if processes == 1:
            problem = root.send_webhooks(settings, announce)
        else:
            start = functools.partial(WorkerProcess, root.send_webhooks_as_worker, settings)
            problem = run_processes(settings, start, processes, announce)
    if problem is not None:
        raise CommandError(problem)
    return 0
