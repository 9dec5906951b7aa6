"""Every page and action of the dashboard, one line each."""

from collections.abc import Awaitable, Callable
from enum import Enum
from typing import NamedTuple

from starlette.responses import Response

from leadloop.web.pages import (
    account,
    connect,
    events,
    instance,
    keys,
    lead,
    lead_count,
    leads,
    leads_export,
    me,
    palette,
    people,
    search,
    start,
    timeline,
    unread,
    views,
    welcome,
)
from leadloop.web.visit import Visit

PageHandler = Callable[[Visit], Awaitable[Response]]


class Needs(Enum):
    """What a visitor needs, besides the scopes of the role."""

    ANYBODY = "anybody"
    PERSON = "a person"
    OPERATOR = "an operator"


class PageRoute(NamedTuple):
    """`needs` is a scope where the path has an `{account}`: of the person's role in it."""

    method: str
    path: str
    needs: Needs | str
    handler: PageHandler
    is_dangerous: bool = False
    """Asks for the password again if it was last entered over 15 minutes ago."""


_PERSON = "/app/{account}/settings/people/{person_id}"
PAGES: list[PageRoute] = [
    PageRoute("GET", "/app", Needs.PERSON, start.show_start),
    PageRoute("GET", "/app/sign-in", Needs.ANYBODY, start.show_sign_in),
    PageRoute("POST", "/app/sign-in", Needs.ANYBODY, start.submit_sign_in),
    PageRoute("POST", "/app/sign-out", Needs.PERSON, start.sign_out),
    PageRoute("POST", "/app/sign-out/everywhere", Needs.PERSON, start.sign_out_everywhere),
    PageRoute("GET", "/app/welcome/{token}", Needs.ANYBODY, welcome.show_welcome),
    PageRoute("POST", "/app/welcome/{token}", Needs.ANYBODY, welcome.submit_welcome),
    PageRoute("GET", "/app/manifest.json", Needs.ANYBODY, start.show_manifest),
    PageRoute("GET", "/app/{account}", "leads:read", start.show_account),
    PageRoute("GET", "/app/{account}/events", "leads:read", events.open_events),
    PageRoute("GET", "/app/{account}/palette", "leads:read", palette.find_leads),
    PageRoute("GET", "/app/{account}/unread", "leads:read", unread.count_new_leads),
    PageRoute("GET", "/app/{account}/leads", "leads:read", leads.show_leads),
    PageRoute("GET", "/app/{account}/leads/rows", "leads:read", leads.show_rows),
    PageRoute("GET", "/app/{account}/leads/count", "leads:read", lead_count.show_count),
    PageRoute("GET", "/app/{account}/leads/complete", "leads:read", search.complete),
    PageRoute("GET", "/app/{account}/leads/without", "leads:read", search.count_without),
    PageRoute("GET", "/app/{account}/leads/export", "leads:bulk", leads_export.show_export),
    PageRoute("POST", "/app/{account}/leads/export", "leads:bulk", leads_export.download, is_dangerous=True),
    PageRoute("GET", "/app/{account}/leads/{lead_id}", "leads:read", lead.show_lead),
    PageRoute("GET", "/app/{account}/leads/{lead_id}/facts", "leads:read", lead.show_facts),
    PageRoute("GET", "/app/{account}/leads/{lead_id}/raw", "leads:read", lead.show_raw),
    PageRoute("GET", "/app/{account}/leads/{lead_id}/why", "leads:read", lead.show_reason),
    PageRoute("GET", "/app/{account}/leads/{lead_id}/timeline", "leads:read", timeline.show_timeline),
    PageRoute("GET", "/app/{account}/views/counts", "leads:read", views.show_counts),
    PageRoute("GET", "/app/{account}/views/new", "leads:read", views.new_view),
    PageRoute("POST", "/app/{account}/views", "leads:read", views.create_view),
    PageRoute("GET", "/app/{account}/views/{view_id}", "leads:read", views.show_view),
    PageRoute("POST", "/app/{account}/views/{view_id}", "leads:read", views.change_view),
    PageRoute("POST", "/app/{account}/views/{view_id}/search", "leads:read", views.change_search),
    PageRoute("POST", "/app/{account}/views/{view_id}/delete", "leads:read", views.delete_view),
    PageRoute("GET", "/app/{account}/connect", "account:manage", connect.show_connect),
    PageRoute("GET", "/app/{account}/connect/arrival", "account:manage", connect.show_arrival),
    PageRoute("POST", "/app/{account}/connect/lead", "account:manage", connect.send_test_lead),
    PageRoute("POST", "/app/{account}/connect/key", "keys:manage", connect.create_test_key, is_dangerous=True),
    PageRoute("GET", "/app/{account}/keys", "keys:manage", keys.list_keys),
    PageRoute("POST", "/app/{account}/keys", "keys:manage", keys.create_key, is_dangerous=True),
    PageRoute("GET", "/app/{account}/keys/new", "keys:manage", keys.new_key),
    PageRoute("GET", "/app/{account}/keys/{key_id}", "keys:manage", keys.show_key),
    PageRoute("POST", "/app/{account}/keys/{key_id}", "keys:manage", keys.rename_key, is_dangerous=True),
    PageRoute("POST", "/app/{account}/keys/{key_id}/revoke", "keys:manage", keys.revoke_key, is_dangerous=True),
    PageRoute("GET", "/app/{account}/keys/{key_id}/first-call", "keys:manage", keys.show_first_call),
    PageRoute("GET", "/app/{account}/settings/account", "account:manage", account.show_account),
    PageRoute("POST", "/app/{account}/settings/account", "account:manage", account.change_account),
    PageRoute(
        "POST", "/app/{account}/settings/account/delete", "users:manage", account.delete_account, is_dangerous=True
    ),
    PageRoute("GET", "/app/{account}/settings/people", "users:manage", people.list_people),
    PageRoute("POST", "/app/{account}/settings/people", "users:manage", people.invite_person, is_dangerous=True),
    PageRoute("GET", _PERSON, "users:manage", people.show_person),
    PageRoute("POST", _PERSON, "users:manage", people.change_person, is_dangerous=True),
    PageRoute("POST", f"{_PERSON}/link", "users:manage", people.new_link, is_dangerous=True),
    PageRoute("POST", f"{_PERSON}/sessions", "users:manage", people.sign_person_out, is_dangerous=True),
    PageRoute("POST", "/app/settings/demo", Needs.OPERATOR, connect.create_demo),
    PageRoute("GET", "/app/settings/me", Needs.PERSON, me.show_me),
    PageRoute("POST", "/app/settings/me", Needs.PERSON, me.change_me),
    PageRoute("POST", "/app/settings/me/password", Needs.PERSON, me.change_password),
    PageRoute("POST", "/app/settings/me/sessions/end", Needs.PERSON, me.end_other_sessions),
    PageRoute("POST", "/app/settings/me/sessions/{session}/end", Needs.PERSON, me.end_session),
    PageRoute("GET", "/app/settings/instance", Needs.OPERATOR, instance.show_instance),
]
