"""`leadloop listen`: receives webhooks on loopback and shows them, for development."""

import asyncio
import signal
import socket
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, nullcontext, suppress
from typing import Annotated

from cyclopts import Parameter, validators

from leadloop.app import clock
from leadloop.cli.database import open_sender_context, require_account, run
from leadloop.cli.output import AsJson, CommandError, discard_output, note
from leadloop.cli.received import as_line, for_people, receive
from leadloop.cli.server_rules import SETTINGS, ServerOption, refusal, request_rules
from leadloop.cli.webhooks_options import with_all_targets
from leadloop.core.errors import Unavailable
from leadloop.core.ids import system_stamp
from leadloop.server import listener as listening
from leadloop.settings import WEBHOOK_DEFAULTS, BadSettings, WebhookSettings
from leadloop.webhooks import sign
from leadloop.webhooks.endpoints import ENDPOINT_LIMIT, Endpoint
from leadloop.webhooks.ports import Outbox

HOST = "127.0.0.1"
BODY_LIMIT_BYTES = 1_048_576
POLLING_S = 1.0
REFUSED = f"the server does not send to http and private addresses: start it with {SETTINGS}"
DESCRIPTION = f"leadloop listen on {socket.gethostname()}"


def listen(
    *,
    account: Annotated[
        str | None,
        Parameter(
            help="The id of the account to listen to: a webhook is created, and deleted at the end. "
            "Omit it if there is only one account."
        ),
    ] = None,
    secret: Annotated[
        str | None,
        Parameter(
            env_var="LEADLOOP_LISTEN_SECRET",
            help="Instead of an account: verify all requests with this secret (whsec_...). "
            "Other users of the machine can see options: prefer the variable.",
        ),
    ] = None,
    port: Annotated[
        int,
        Parameter(help="The port to listen on; 0 for a free one.", validator=validators.Number(gte=0, lte=65535)),
    ] = 8090,
    server: ServerOption = None,
    json: AsJson = False,
    settings: WebhookSettings = WEBHOOK_DEFAULTS,
) -> int:
    """Receive webhooks on loopback, verify and show them, until Ctrl-C. For development."""
    _require_one(account, secret)

    async def command() -> None:
        stopping = _stop_on_signals()
        with _listening_socket(port) as listener:
            url = listening.url(listener, HOST) + "/"
            open_secret = nullcontext(secret) if secret else _subscribe(settings, account, url, server)
            async with open_secret as text, _serve(listener, text, json, stopping):
                note(f"listening on {url}; Ctrl-C ends it")
                await stopping.wait()

    run(settings, command)
    return 0


def _require_one(account: str | None, secret: str | None) -> None:
    if secret is None:
        return
    if account is not None:
        raise BadSettings("leadloop listen takes either --account or a secret (LEADLOOP_LISTEN_SECRET), not both")
    try:
        sign.key(secret)
    except ValueError as error:
        raise BadSettings(str(error)) from None


def _listening_socket(port: int) -> socket.socket:
    """A socket that already listens: connections wait until they are accepted."""
    try:
        listener = listening.bind(HOST, port)
    except listening.CannotListen as error:
        raise CommandError(str(error)) from None
    listener.listen()
    return listener


def _stop_on_signals() -> asyncio.Event:
    loop, stopping = asyncio.get_running_loop(), asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stopping.set)
    return stopping


@asynccontextmanager
async def _subscribe(
    settings: WebhookSettings, account: str | None, url: str, server: str | None
) -> AsyncIterator[str]:
    """Creates a webhook to `url`, deleted at the end; yields its secret."""
    from leadloop.webhooks import manage

    async with open_sender_context(settings) as context:
        store = context.store
        owner = await require_account(store, account)
        for stored in await store.endpoints.all(owner.id):
            if (stored.endpoint.url, stored.endpoint.description) == (url, DESCRIPTION):  # left by a killed process
                await manage.delete(store, system_stamp(clock()), stored.endpoint)
        body = {"url": url, "description": DESCRIPTION}
        created = await manage.create(with_all_targets(context), system_stamp(clock()), owner.id, body)
        if created is None:
            raise CommandError(f"an account has at most {ENDPOINT_LIMIT} webhooks; delete one first")
        watcher = None
        try:
            rules = await request_rules(settings, store, owner.id, server)
            if rules is not None and refusal(url, rules) is not None:
                note(REFUSED)
            else:
                watcher = asyncio.create_task(_note_refusals(store, created.endpoint))
            yield created.secret
        finally:
            if watcher is not None:
                watcher.cancel()
            await manage.delete(store, system_stamp(clock()), created.endpoint)


async def _note_refusals(store: Outbox, endpoint: Endpoint) -> None:
    """Reports once that a process with stricter rules refused to send here: `request_rules` may not have answered."""
    is_refused = False
    while not is_refused:
        await asyncio.sleep(POLLING_S)
        with suppress(Unavailable):
            latest = await store.deliveries.attempts(endpoint.account_id, endpoint.id, None, 1)
            is_refused = any(attempt.error == "blocked" for attempt in latest)
    note(REFUSED)


@asynccontextmanager
async def _serve(listener: socket.socket, secret: str, as_json: bool, stopping: asyncio.Event) -> AsyncIterator[None]:
    from aiohttp import web

    async def answer(request: web.Request) -> web.Response:
        headers = {name.lower(): text for name, text in request.headers.items()}
        received = receive(headers, await request.read(), secret, clock())
        _show(as_line(received) if as_json else for_people(received, colours=sys.stdout.isatty()), stopping)
        return web.Response(status=200 if received.problem is None else 401, text=received.problem or "received")

    application = web.Application(client_max_size=BODY_LIMIT_BYTES)
    application.router.add_post("/{path:.*}", answer)
    runner = web.AppRunner(application, access_log=None, auto_decompress=False, shutdown_timeout=1.0)
    await runner.setup()
    try:
        await web.SockSite(runner, listener).start()
        yield
    finally:
        await runner.cleanup()


def _show(text: str, stopping: asyncio.Event) -> None:
    """Stops when the reader of the output has ended, as with `| head`."""
    try:
        print(text, end="", flush=True)
    except BrokenPipeError:
        discard_output()
        stopping.set()
