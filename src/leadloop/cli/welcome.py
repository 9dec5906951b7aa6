"""The first start on an empty embedded database creates an account and a key, and prints commands to paste."""

import shlex
import shutil
import sys
from pathlib import Path

from leadloop.app import Application
from leadloop.cli.database import add_account_with_key
from leadloop.core.accounts import Account
from leadloop.core.keys import DEFAULT_SCOPES
from leadloop.settings import DEFAULTS, Settings

LEAD = '{"name":"Ana Souza","phoneNumber":"11 98765-4321"}'
CHANGE = '{"email":"ana@example.com"}'
WITH_WEBHOOKS = (*DEFAULT_SCOPES, "webhooks:manage")


async def welcome(settings: Settings, application: Application, url: str) -> str | None:
    """Creates an account and a key; returns what to print. Does nothing on PostgreSQL, or if there is an account."""
    store = application.store
    if not settings.is_embedded or await store.accounts.all():
        return None
    account, key = await add_account_with_key(store, "default", "first", application.pepper)
    return _greeting(account, key, url) + _next_key(settings)


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
