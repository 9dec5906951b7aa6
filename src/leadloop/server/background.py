"""Runs one process that does not serve HTTP. The same signals stop it as stop a server."""

import asyncio
import signal
from collections.abc import Awaitable, Callable
from contextlib import suppress

import structlog
import uvloop

_log = structlog.get_logger("leadloop.server")


def run(work: Callable[[asyncio.Event], Awaitable[None]], *, parent: int | None = None) -> None:
    """Runs until `work` ends. A signal sets its event, and `work` must end soon after; a second Ctrl-C cancels it.

    `parent` is a file that becomes readable when the parent process ends. Raises what `work` raises.
    """
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        runner.run(_until_done(work, parent))


async def _until_done(work: Callable[[asyncio.Event], Awaitable[None]], parent: int | None) -> None:
    loop, stopping = asyncio.get_running_loop(), asyncio.Event()
    working = asyncio.ensure_future(work(stopping))

    def handle_signal(number: signal.Signals) -> None:
        if stopping.is_set() and number == signal.SIGINT:
            working.cancel()
        stopping.set()

    def handle_parent_exit() -> None:
        loop.remove_reader(parent or 0)
        _log.warning("the parent process is gone: stopping")
        stopping.set()

    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, handle_signal, number)
    if parent is not None:
        loop.add_reader(parent, handle_parent_exit)
    with suppress(asyncio.CancelledError):
        await working
