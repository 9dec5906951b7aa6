"""`leadloop serve`: the server."""

import asyncio
import functools
import socket

import structlog

from leadloop import __version__
from leadloop import app as root
from leadloop.cli.output import STDOUT, Failed
from leadloop.cli.processes import together
from leadloop.cli.welcome import welcome
from leadloop.core.errors import LeadloopError
from leadloop.server import listener as listening
from leadloop.server import logs
from leadloop.server.output import QueuedOutput, queued_output
from leadloop.server.workers import WorkerProcess
from leadloop.settings import DEFAULTS, BadSettings, Settings

_log = structlog.get_logger("leadloop")


def serve(*, settings: Settings = DEFAULTS) -> int:
    """Serve the API until stopped by SIGTERM or Ctrl-C; what is in flight is answered first."""
    if settings.workers > 1 and settings.embedded:
        raise BadSettings("--workers needs PostgreSQL: an embedded database is served by one process")
    with logs.queued(settings.log_level), queued_output(STDOUT) as stdout:
        try:
            with listening.bind(settings.host, settings.port) as listener:
                try:
                    problem = (_alone if settings.workers == 1 else _together)(settings, listener, stdout)
                except OSError as error:
                    raise listening.cannot_listen(settings.host, settings.port, error) from None
        except listening.CannotListen as error:
            raise Failed(str(error)) from None
    if problem is not None:
        raise Failed(problem)
    return 0


def _alone(settings: Settings, listener: socket.socket, stdout: QueuedOutput) -> str | None:
    """What went wrong, if anything did."""

    async def announce(application: root.Application) -> None:
        stdout.write(_listening(settings, listener))
        try:
            words = await welcome(settings, application, listening.url(listener, _reachable(settings.host)))
        except LeadloopError as error:
            _log.error("no first account was made", reason=root.reason(error, settings))
            return
        if words is not None:
            stdout.write(words)
            if not await asyncio.to_thread(stdout.flush):
                _log.error("the first account's key could not be printed: make one with `leadloop keys create`")

    return root.serve(settings, listener, announce)


def _together(settings: Settings, listener: socket.socket, stdout: QueuedOutput) -> str | None:
    listener.listen(2048)
    start = functools.partial(WorkerProcess, root.serve_as_worker, settings, listener)
    return together(settings, start, settings.workers, lambda: stdout.write(_listening(settings, listener)))


def _listening(settings: Settings, listener: socket.socket) -> str:
    where = listening.url(listener, settings.host)
    return f"leadloop {__version__} listening on {where} ({settings.place})\n"


def _reachable(host: str) -> str:
    return listening.EVERYWHERE.get(host, host)
