"""Every page and action of the dashboard, one line each."""

from collections.abc import Awaitable, Callable
from enum import Enum
from typing import NamedTuple

from starlette.responses import Response

from leadloop.web.pages import account, connect, events, instance, keys, me, people, start, unread, welcome
from leadloop.web.visit import Visit

Handler = Callable[[Visit], Awaitable[Response]]


class Needs(Enum):
    """What a visitor needs, besides the scopes of the role."""

    ANYBODY = "anybody"
    PERSON = "a person"
    OPERATOR = "an operator"


class Page(NamedTuple):
    """`needs` is a scope where the path has an `{account}`: of the person's role in it."""

    method: str
    path: str
    needs: Needs | str
    handler: Handler
    is_dangerous: bool = False
    """Asks for the password again if it was last entered over 15 minutes ago."""


_PERSON = "/app/{account}/settings/people/{person_id}"
PAGES: list[Page] = [
    Page("GET", "/app", Needs.PERSON, start.show_start),
    Page("GET", "/app/sign-in", Needs.ANYBODY, start.show_sign_in),
    Page("POST", "/app/sign-in", Needs.ANYBODY, start.submit_sign_in),
    Page("POST", "/app/sign-out", Needs.PERSON, start.sign_out),
    Page("POST", "/app/sign-out/everywhere", Needs.PERSON, start.sign_out_everywhere),
    Page("GET", "/app/welcome/{token}", Needs.ANYBODY, welcome.show_welcome),
    Page("POST", "/app/welcome/{token}", Needs.ANYBODY, welcome.submit_welcome),
    Page("GET", "/app/manifest.json", Needs.ANYBODY, start.show_manifest),
    Page("GET", "/app/{account}", "leads:read", start.show_account),
    Page("GET", "/app/{account}/events", "leads:read", events.open_events),
    Page("GET", "/app/{account}/unread", "leads:read", unread.count_new_leads),
    Page("GET", "/app/{account}/connect", "account:manage", connect.show_connect),
    Page("GET", "/app/{account}/connect/arrival", "account:manage", connect.show_arrival),
    Page("POST", "/app/{account}/connect/lead", "account:manage", connect.send_test_lead),
    Page("POST", "/app/{account}/connect/key", "keys:manage", connect.create_test_key, is_dangerous=True),
    Page("GET", "/app/{account}/keys", "keys:manage", keys.list_keys),
    Page("POST", "/app/{account}/keys", "keys:manage", keys.create_key, is_dangerous=True),
    Page("GET", "/app/{account}/keys/new", "keys:manage", keys.new_key),
    Page("GET", "/app/{account}/keys/{key_id}", "keys:manage", keys.show_key),
    Page("POST", "/app/{account}/keys/{key_id}", "keys:manage", keys.rename_key, is_dangerous=True),
    Page("POST", "/app/{account}/keys/{key_id}/revoke", "keys:manage", keys.revoke_key, is_dangerous=True),
    Page("GET", "/app/{account}/keys/{key_id}/first-call", "keys:manage", keys.show_first_call),
    Page("GET", "/app/{account}/settings/account", "account:manage", account.show_account),
    Page("POST", "/app/{account}/settings/account", "account:manage", account.change_account),
    Page("POST", "/app/{account}/settings/account/delete", "users:manage", account.delete_account, is_dangerous=True),
    Page("GET", "/app/{account}/settings/people", "users:manage", people.list_people),
    Page("POST", "/app/{account}/settings/people", "users:manage", people.invite_person, is_dangerous=True),
    Page("GET", _PERSON, "users:manage", people.show_person),
    Page("POST", _PERSON, "users:manage", people.change_person, is_dangerous=True),
    Page("POST", f"{_PERSON}/link", "users:manage", people.new_link, is_dangerous=True),
    Page("POST", f"{_PERSON}/sessions", "users:manage", people.sign_person_out, is_dangerous=True),
    Page("POST", "/app/settings/demo", Needs.OPERATOR, connect.create_demo),
    Page("GET", "/app/settings/me", Needs.PERSON, me.show_me),
    Page("POST", "/app/settings/me", Needs.PERSON, me.change_me),
    Page("POST", "/app/settings/me/password", Needs.PERSON, me.change_password),
    Page("POST", "/app/settings/me/sessions/end", Needs.PERSON, me.end_other_sessions),
    Page("POST", "/app/settings/me/sessions/{session}/end", Needs.PERSON, me.end_session),
    Page("GET", "/app/settings/instance", Needs.OPERATOR, instance.show_instance),
]
