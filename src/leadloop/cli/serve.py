"""`leadloop serve`: runs the server."""

import asyncio
import functools
import socket

import structlog

from leadloop import __version__
from leadloop import app as root
from leadloop.cli.output import STDOUT, CommandError
from leadloop.cli.processes import run_processes
from leadloop.cli.welcome import welcome
from leadloop.core.errors import LeadloopError
from leadloop.core.store import Store
from leadloop.server import listener as listening
from leadloop.server import logs
from leadloop.server.output import QueuedOutput, queued_output
from leadloop.server.workers import WorkerProcess
from leadloop.settings import DEFAULTS, BadSettings, Settings

LOOPBACK = ("127.0.0.1", "::1", "localhost")

_log = structlog.get_logger("leadloop")


def serve(*, settings: Settings = DEFAULTS) -> int:
    """Serve the API until SIGTERM or Ctrl-C; requests in flight are answered first."""
    if settings.workers > 1 and settings.is_embedded:
        raise BadSettings("--workers needs PostgreSQL: an embedded database is served by one process")
    with logs.queued(settings.log_level), queued_output(STDOUT) as stdout:
        try:
            with listening.bind(settings.host, settings.port) as listener:
                try:
                    problem = (_serve_one if settings.workers == 1 else _serve_many)(settings, listener, stdout)
                except OSError as error:
                    raise listening.cannot_listen(settings.host, settings.port, error) from None
        except listening.CannotListen as error:
            raise CommandError(str(error)) from None
    if problem is not None:
        raise CommandError(problem)
    return 0


def _serve_one(settings: Settings, listener: socket.socket, stdout: QueuedOutput) -> str | None:
    """Returns what went wrong, if anything."""

    async def announce(application: root.Application) -> None:
        stdout.write(_listening_line(settings, listener))
        await _welcome(settings, listener, stdout, application.store, application.pepper)

    return root.serve(settings, listener, announce)


async def _welcome(
    settings: Settings, listener: socket.socket, stdout: QueuedOutput, store: Store, pepper: bytes
) -> None:
    try:
        text = await welcome(settings, store, pepper, listening.url(listener, _reachable(settings.host)))
    except LeadloopError as error:
        _log.error("the first account or link was not created", reason=root.reason(error, settings))
        return
    if text:
        stdout.write(text)
        if not await asyncio.to_thread(stdout.flush):
            _log.error(
                "the first account's key and link could not be printed: `leadloop keys create` creates another key, "
                "the next start another link"
            )


def _serve_many(settings: Settings, listener: socket.socket, stdout: QueuedOutput) -> str | None:
    listener.listen(2048)
    start = functools.partial(WorkerProcess, root.serve_as_worker, settings, listener)
    tasks = set[asyncio.Task[None]]()

    async def greet() -> None:
        try:
            async with root.open_prepared_store(settings) as store:
                await _welcome(settings, listener, stdout, store, await root.pepper_of(settings, store))
        except Exception as error:
            _log.error("the link for the first person was not created", reason=root.reason(error, settings))

    def announce() -> None:
        stdout.write(_listening_line(settings, listener))
        tasks.add(asyncio.create_task(greet()))

    return run_processes(settings, start, settings.workers, announce)


def _listening_line(settings: Settings, listener: socket.socket) -> str:
    if settings.public_url is None and settings.host not in LOOPBACK:
        _log.warning("links begin with the address of each request: set --public-url to the one that people use")
    where = listening.url(listener, settings.host)
    return f"leadloop {__version__} listening on {where} ({settings.description})\n"


def _reachable(host: str) -> str:
    return listening.EVERYWHERE.get(host, host)
