"""`leadloop serve`: the server."""

import functools
import socket

from leadloop import __version__
from leadloop import app as root
from leadloop.cli.output import Failed, note
from leadloop.cli.processes import together
from leadloop.cli.welcome import welcome
from leadloop.core.errors import LeadloopError
from leadloop.server import listener as listening
from leadloop.server import logs
from leadloop.server.workers import Worker
from leadloop.settings import DEFAULTS, BadSettings, Settings


def serve(*, settings: Settings = DEFAULTS) -> int:
    """Serve the API until stopped by SIGTERM or Ctrl-C; what is in flight is answered first."""
    logs.configure(settings.log_level)
    if settings.workers > 1 and settings.embedded:
        raise BadSettings("--workers needs PostgreSQL: an embedded database is served by one process")
    try:
        with listening.bind(settings.host, settings.port) as listener:
            try:
                problem = _alone(settings, listener) if settings.workers == 1 else _together(settings, listener)
            except OSError as error:
                raise listening.cannot_listen(settings.host, settings.port, error) from None
    except listening.CannotListen as error:
        raise Failed(str(error)) from None
    if problem is not None:
        raise Failed(problem)
    return 0


def _alone(settings: Settings, listener: socket.socket) -> str | None:
    """What went wrong, if anything did."""

    async def announce(application: root.Application) -> None:
        _say_listening(settings, listener)
        try:
            await welcome(settings, application, listening.url(listener, _reachable(settings.host)))
        except LeadloopError as error:
            note(f"leadloop: no first account was made: {root.reason(error, settings)}")

    return root.serve(settings, listener, announce)


def _together(settings: Settings, listener: socket.socket) -> str | None:
    listener.listen(2048)
    start = functools.partial(Worker, root.serve_beside, settings, listener)
    return together(settings, start, settings.workers, lambda: _say_listening(settings, listener))


def _say_listening(settings: Settings, listener: socket.socket) -> None:
    where = listening.url(listener, settings.host)
    print(f"leadloop {__version__} listening on {where} ({settings.place})", flush=True)


def _reachable(host: str) -> str:
    return listening.EVERYWHERE.get(host, host)
