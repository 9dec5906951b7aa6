"""`leadloop listen`: receives webhooks on loopback and shows them, for development."""

import asyncio
import os
import signal
import socket
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, nullcontext, suppress
from typing import Annotated

from cyclopts import Parameter, validators

from leadloop.app import clock
from leadloop.cli.database import known_account, open_sender_context, run
from leadloop.cli.output import AsJson, Failed, note
from leadloop.cli.received import as_line, for_people, receive
from leadloop.cli.server_rules import SETTINGS, Server, ask_rules, refusal
from leadloop.cli.webhooks_options import anywhere
from leadloop.core.errors import Unavailable
from leadloop.server import listener as listening
from leadloop.settings import WEBHOOK_DEFAULTS, BadSettings, WebhookSettings
from leadloop.webhooks import sign
from leadloop.webhooks.endpoints import Endpoint
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
            help="The id of the account to listen to: a webhook is made, and removed at the end. "
            "Leave it out if there is only one."
        ),
    ] = None,
    secret: Annotated[
        str | None,
        Parameter(
            env_var="LEADLOOP_LISTEN_SECRET",
            help="In place of an account: verify with this secret (whsec_...) whatever comes. "
            "Other users of the machine can see options: prefer the variable.",
        ),
    ] = None,
    port: Annotated[
        int, Parameter(help="The port to listen on; 0 takes a free one.", validator=validators.Number(gte=0, lte=65535))
    ] = 8090,
    server: Server = None,
    json: AsJson = False,
    settings: WebhookSettings = WEBHOOK_DEFAULTS,
) -> int:
    """Receive webhooks on loopback, verify and show them, until Ctrl-C. For development."""
    _require_one(account, secret)

    async def command() -> None:
        stopping = _told_to_stop()
        with _bound(port) as listener:
            url = listening.url(listener, HOST) + "/"
            opened_secret = nullcontext(secret) if secret else _subscribed(settings, account, url, server)
            async with opened_secret as text, _served(listener, text, json, stopping):
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


def _bound(port: int) -> socket.socket:
    """It is listening already: who comes now waits."""
    try:
        listener = listening.bind(HOST, port)
    except listening.CannotListen as error:
        raise Failed(str(error)) from None
    listener.listen()
    return listener


def _told_to_stop() -> asyncio.Event:
    loop, stopping = asyncio.get_running_loop(), asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stopping.set)
    return stopping


@asynccontextmanager
async def _subscribed(
    settings: WebhookSettings, account: str | None, url: str, server: str | None
) -> AsyncIterator[str]:
    """The secret of a webhook to `url` that is there as long as this."""
    from leadloop.webhooks import manage

    async with open_sender_context(settings) as context:
        store = context.store
        owner = await known_account(store, account)
        for left in await store.endpoints.all(owner.id):
            if (left.endpoint.url, left.endpoint.description) == (url, DESCRIPTION):  # by one that was killed
                await store.endpoints.delete(owner.id, left.endpoint.id, clock())
        made = await manage.create(anywhere(context), owner.id, {"url": url, "description": DESCRIPTION})
        if made is None:
            raise Failed("the account has as many webhooks as it may: delete one first")
        watching = None
        try:
            rules = await ask_rules(settings, store, owner.id, server)
            if rules is not None and refusal(url, rules) is not None:
                note(REFUSED)
            else:
                watching = asyncio.create_task(_note_refusals(store, made.endpoint))
            yield made.secret
        finally:
            if watching is not None:
                watching.cancel()
            await store.endpoints.delete(owner.id, made.endpoint.id, clock())


async def _note_refusals(store: Outbox, endpoint: Endpoint) -> None:
    """Says so, once, when an attempt to send here was refused: the server could not be asked, or another process sends,
    which may have other rules."""
    is_refused = False
    while not is_refused:
        await asyncio.sleep(POLLING_S)
        with suppress(Unavailable):
            latest = await store.deliveries.attempts(endpoint.account_id, endpoint.id, None, 1)
            is_refused = any(attempt.error == "blocked" for attempt in latest)
    note(REFUSED)


@asynccontextmanager
async def _served(listener: socket.socket, secret: str, as_json: bool, stopping: asyncio.Event) -> AsyncIterator[None]:
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
    """It ends when nobody reads any more, as behind `| head`."""
    try:
        print(text, end="", flush=True)
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())  # or Python tries again at its exit
        stopping.set()
