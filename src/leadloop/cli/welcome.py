"""The first start on an empty embedded database: an account, a key, and a command that works when pasted."""

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
    """What to print. Does nothing on PostgreSQL, or when there is an account."""
    store = application.store
    if not settings.is_embedded or await store.accounts.all():
        return None
    account, key = await add_account_with_key(store, "default", "first", application.pepper)
    return _words(account, key, url) + _next_key(settings)


def _words(account: Account, key: str, url: str) -> str:
    leads = f"{url}/v1/account/{account.id}/lead"
    return f"""
created the account {account.name}: {account.id}
its API key is shown this once, keep it safe: {key}

create a lead:
  {_curl("POST", leads, key, LEAD)}

change it, with its id from the answer:
  {_curl("PATCH", f"{leads}/ID", key, CHANGE)}
"""


def _next_key(settings: Settings) -> str:
    """The command that makes a key with more scopes, as it can be pasted where the server was started."""
    command = [*_program(), "keys", "create", "--name", "webhooks", "--scopes", ",".join(WITH_WEBHOOKS)]
    if settings.database != DEFAULTS.database:
        command += ["--database", settings.database]
    return f"""
this key reads and writes leads; one that manages webhooks as well is made with:
  {shlex.join(command)}
"""


def _program() -> list[str]:
    """The words that run this program again."""
    started = sys.argv[0]
    if Path(started).name != "leadloop":
        return [sys.executable, "-m", "leadloop"]
    return ["leadloop" if shutil.which("leadloop") == started else str(Path(started).resolve())]


def _curl(method: str, url: str, key: str, body: str) -> str:
    headers = f"-H 'X-API-Key: {key}' -H 'Content-Type: application/json'"
    return f"curl -s -X {method} {shlex.quote(url)} {headers} -d {shlex.quote(body)}"
