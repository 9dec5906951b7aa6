"""Requests from the running server's API where it sends webhooks: a command's own environment may differ."""

import os
from typing import TYPE_CHECKING, Annotated, Any

from cyclopts import Parameter

from leadloop.app import clock, pepper_of
from leadloop.cli.output import note
from leadloop.core.keys import mint
from leadloop.server.listener import EVERYWHERE
from leadloop.settings import DEFAULTS, PREFIX, WebhookSettings
from leadloop.webhooks.ports import WebhookStore

if TYPE_CHECKING:
    from leadloop.egress.addresses import Rules

TIMEOUT_S = 5
KEY_MS = 60_000
"""How long the key for that request is valid, in case it is not removed."""
SETTINGS = "LEADLOOP_WEBHOOKS_ALLOW_HTTP=true LEADLOOP_WEBHOOKS_ALLOW_PRIVATE=true"

ServerOption = Annotated[
    str | None,
    Parameter(
        env_var=f"{PREFIX}SERVER",
        help="The address of the server, to check whether it sends to the webhook's URL. "
        "By default from LEADLOOP_HOST and LEADLOOP_PORT.",
    ),
]


async def note_refusal(
    settings: WebhookSettings, store: WebhookStore, account_id: str, url: str, server: str | None
) -> None:
    """Reports that the server does not send to `url`, or that this is unknown. Sends no request for a URL that every
    server allows."""
    from leadloop.egress.addresses import Rules

    if (by_default := refusal(url, Rules())) is None:
        return
    rules = await request_rules(settings, store, account_id, server)
    if rules is None:
        note(
            f"no server of this database answers at {_address(server)}, so whether it sends to this URL is unknown. By "
            f"default it does not ({by_default}): start it with {SETTINGS}, or name its address with --server"
        )
    elif (refused := refusal(url, rules)) is not None:
        note(f"the server does not send to this URL ({refused}): start it with {SETTINGS}")


def refusal(url: str, rules: "Rules") -> str | None:
    """Why a server with these rules does not send to `url`, judged by the URL alone."""
    from leadloop.egress.target import TargetRefused, judge_url

    try:
        judge_url(url, rules)
    except TargetRefused as refused:
        return str(refused)
    return None


async def request_rules(
    settings: WebhookSettings, store: WebhookStore, account_id: str, server: str | None
) -> "Rules | None":
    """The server's rules, requested with a temporary key. `None` if no server of this database answers."""
    from leadloop.egress.addresses import Rules

    now_ms = clock()
    pepper = await pepper_of(settings, store)
    key, text = mint(account_id, "asks the server", ["webhooks:manage"], pepper, now_ms, expires_at_ms=now_ms + KEY_MS)
    await store.keys.add(key)
    try:
        answer = await _get(f"{_address(server)}/api/v1/webhooks", text)
    finally:
        await store.keys.delete(account_id, key.id)
    match answer:
        case {"data": {"allows": {"http": bool(allow_http), "privateAddresses": bool(allow_private)}}}:
            return Rules(allow_http=allow_http, allow_private=allow_private)
    return None


def _address(server: str | None) -> str:
    if server is not None:
        return server.rstrip("/")
    host = os.environ.get(f"{PREFIX}HOST", DEFAULTS.host)
    host, port = EVERYWHERE.get(host, host), os.environ.get(f"{PREFIX}PORT", DEFAULTS.port)
    return f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"


async def _get(url: str, key: str) -> Any:
    """The JSON response; `None` for anything else."""
    import aiohttp

    timeout = aiohttp.ClientTimeout(total=TIMEOUT_S)
    try:
        async with (
            aiohttp.ClientSession(timeout=timeout) as session,
            session.get(url, headers={"X-API-Key": key}, allow_redirects=False) as answer,
        ):
            return await answer.json() if answer.status == 200 else None
    except (aiohttp.ClientError, TimeoutError, ValueError):
        return None
