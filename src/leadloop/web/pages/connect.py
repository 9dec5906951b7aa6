"""From nothing to the first lead: a key for a day, programs to paste, a test lead, and the lead as it comes."""

from collections.abc import Sequence
from typing import Any

from msgspec import Struct
from starlette.responses import Response

from leadloop.core import key_management
from leadloop.core.leads.matching import Contact
from leadloop.core.leads.model import Lead
from leadloop.core.leads.patch import LeadPatch
from leadloop.core.people import actors
from leadloop.core.store import LeadQuery, Order
from leadloop.core.writes import use_cases
from leadloop.web.demo import LEADS
from leadloop.web.moments import days_ahead
from leadloop.web.render import page, redirect
from leadloop.web.snippets import LANGUAGES, Snippet, programs
from leadloop.web.visit import Visit

PLACEHOLDER = "ll_…"
"""Stands in the programs while there is no key to show."""
KEY_NAME, KEY_SCOPES, KEY_DAYS = "Connect", ["leads:write"], 1


class FirstLead(Struct, frozen=True):
    """The newest lead of the account."""

    lead: Lead
    sender: str
    """The name of the key or person that created it; empty if it is not known."""
    is_test: bool


async def show_connect(visit: Visit) -> Response:
    return await _show(visit, "")


async def create_test_key(visit: Visit) -> Response:
    """A key that ends in a day and can only create and change leads. This page alone shows its text."""
    body = {"name": KEY_NAME, "scopes": KEY_SCOPES, "expiresAt": days_ahead(visit.now_ms, KEY_DAYS)}
    _, text = await key_management.create(
        visit.store, visit.stamp, visit.account, visit.visitor.scopes, body, visit.context.pepper
    )
    return await _show(visit, text)


async def send_test_lead(visit: Visit) -> Response:
    await create_test_lead(visit)
    _ = visit.gettext
    visit.toast(_("The test lead is created."))
    return redirect(f"/app/{visit.account.id}/connect")


async def create_demo(visit: Visit) -> Response:
    """An account of its own, in which nothing matters."""
    _ = visit.gettext
    if visit.context.demo.is_busy:
        visit.toast(_("Another demo account is being filled. Wait until it is ready."))
        return redirect("/app")
    name = _("Demo account")
    account = await visit.context.demo.create(visit.stamp, visit.person, name, visit.visitor.language)
    visit.toast(_("The demo account is being filled with invented leads."))
    return redirect(f"/app/{account.id}/connect")


async def show_arrival(visit: Visit) -> Response:
    """The fragment that waits for the first lead, or shows the newest."""
    return page(visit, "connect/_arrival.html", **await _progress(visit))


async def create_test_lead(visit: Visit) -> None:
    """Like a lead by the API: recorded, counted and sent to webhooks, and marked as a test."""
    patch = LeadPatch(name="Ana Souza", email="ana@example.com", phone="+55 11 98765-4321", flags={"isTest": True})
    write = use_cases.plain(visit.stamp, visit.account.id)
    contact = Contact(email="ana@example.com", phone="+55 11 98765-4321", is_renewing=visit.account.is_renewing)
    await use_cases.create(visit.store, write, lambda: patch, contact)


async def _show(visit: Visit, key: str) -> Response:
    snippets: Sequence[Snippet] = programs(visit.context.samples, visit.origin, visit.account.id, key or PLACEHOLDER)
    return page(
        visit,
        "connect/page.html",
        key=key,
        snippets=snippets,
        languages_of_code=LANGUAGES,
        apis={name: sample.title for name, sample in visit.context.samples.items()},
        **await _progress(visit),
    )


async def _progress(visit: Visit) -> dict[str, Any]:
    return {
        "arrival": await _arrival(visit),
        "demo_loaded": visit.context.demo.progress(visit.account.id),
        "demo_leads": LEADS,
    }


async def _arrival(visit: Visit) -> FirstLead | None:
    query = LeadQuery(account_id=visit.account.id, order=Order.CREATED, limit=1)
    leads = await visit.store.leads.find(query)
    if not leads:
        return None
    (lead,) = leads
    (first, *_) = await visit.store.changes.of_lead(visit.account.id, lead.id, 0, 1)
    names = await actors.names(visit.store, visit.account.id, [first.actor])
    return FirstLead(lead, names[0].name if names else "", is_test=bool(lead.flags.get("isTest")))
