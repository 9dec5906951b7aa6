"""What the first start prints: on an empty embedded database an account, its key and commands to paste; and while no
person exists, on both engines, a one-time link to the dashboard.
"""

import shlex
import shutil
import sys
from pathlib import Path

from leadloop.app import clock
from leadloop.cli.database import add_account_with_key
from leadloop.core.accounts import Account
from leadloop.core.ids import new_id, system_stamp
from leadloop.core.keys import DEFAULT_SCOPES
from leadloop.core.people.operator import create_welcome_link
from leadloop.core.people.tokens import address_of
from leadloop.core.store import Store
from leadloop.settings import DEFAULTS, Settings

DEFAULT_NAME = "default"
"""Of the account that is created at the first start; the form of the first person renames it."""
LEAD = '{"name":"Ana Souza","phoneNumber":"11 98765-4321"}'
CHANGE = '{"email":"ana@example.com"}'
WITH_WEBHOOKS = (*DEFAULT_SCOPES, "webhooks:manage")


async def welcome(settings: Settings, store: Store, pepper: bytes, url: str) -> str:
    """Creates what is missing; returns what to print, which is nothing once there is a person.

    Several servers of one database may start at once: each prints a link, and the latest is valid.
    """
    if await store.people.are_there():
        return ""
    accounts = await store.accounts.all()
    text = ""
    if accounts:
        account = min(accounts, key=lambda account: account.id)
    elif settings.is_embedded:
        account, key = await add_account_with_key(store, DEFAULT_NAME, "first", pepper)
        text = _greeting(account, key, url) + _next_key(settings)
    else:
        account = Account(id=new_id(clock()), name=DEFAULT_NAME, created_at_ms=clock())
        await store.accounts.add(account)
    return text + await _link(store, account, settings.public_url or url)


async def _link(store: Store, account: Account, url: str) -> str:
    link = await create_welcome_link(store, system_stamp(clock()), account.id)
    return f"""
open this link within 24 hours to create the first person of the dashboard:
  {address_of(url, link.token)}
"""


def _greeting(account: Account, key: str, url: str) -> str:
    leads = f"{url}/v1/account/{account.id}/lead"
    return f"""
created the account {account.name}: {account.id}
its API key is shown only once, keep it safe: {key}

create a lead:
  {_curl("POST", leads, key, LEAD)}

change it, with its id from the response:
  {_curl("PATCH", f"{leads}/ID", key, CHANGE)}
"""


def _next_key(settings: Settings) -> str:
    """A command that creates a key with more scopes, to paste into the shell that started the server."""
    command = [*_program(), "keys", "create", "--name", "webhooks", "--scopes", ",".join(WITH_WEBHOOKS)]
    if settings.database != DEFAULTS.database:
        command += ["--database", settings.database]
    return f"""
this key reads and writes leads; to create one that also manages webhooks:
  {shlex.join(command)}
"""


def _program() -> list[str]:
    """The command that runs this program again."""
    started = sys.argv[0]
    if Path(started).name != "leadloop":
        return [sys.executable, "-m", "leadloop"]
    return ["leadloop" if shutil.which("leadloop") == started else str(Path(started).resolve())]


def _curl(method: str, url: str, key: str, body: str) -> str:
    headers = f"-H 'X-API-Key: {key}' -H 'Content-Type: application/json'"
    return f"curl -s -X {method} {shlex.quote(url)} {headers} -d {shlex.quote(body)}"
