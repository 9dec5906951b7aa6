"""The first start on an empty embedded database: an account, a key, and a command that works when pasted."""

import shlex

from leadloop.app import Application, clock
from leadloop.core.accounts import Account
from leadloop.core.ids import new_id
from leadloop.core.keys import DEFAULT_SCOPES, mint
from leadloop.settings import Settings

LEAD = '{"name":"Ana Souza","phoneNumber":"11 98765-4321"}'
CHANGE = '{"email":"ana@example.com"}'


async def welcome(settings: Settings, application: Application, url: str) -> None:
    """Does nothing on PostgreSQL, or when there is an account."""
    store = application.store
    if not settings.embedded or await store.accounts():
        return
    now_ms = clock()
    account = Account(id=new_id(now_ms), name="default", created_at_ms=now_ms)
    key, text = mint(account.id, "first", list(DEFAULT_SCOPES), application.pepper, now_ms)
    await store.add_account(account, key)
    print(_words(account, text, url), flush=True)


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


def _curl(method: str, url: str, key: str, body: str) -> str:
    headers = f"-H 'X-API-Key: {key}' -H 'Content-Type: application/json'"
    return f"curl -s -X {method} {shlex.quote(url)} {headers} -d {shlex.quote(body)}"
