"""Webhook bodies of the Expad dialect (expad.md section 5)."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from leadloop.api.expad import wire
from leadloop.api.properties import Property
from leadloop.core.leads.model import Lead
from leadloop.webhooks.events import CREATED, DELETED, TEST, UPDATED
from leadloop.webhooks.shapes import BodyShape, Draft, Event

EVENT_NAMES = {CREATED: "NewLead", UPDATED: "LeadUpdated", DELETED: "LeadUpdated", TEST: "LeadUpdated"}

_EVENT_MEMBERS = frozenset(
    [
        *("event", "eventId", "occurredAt", "accountId", "leadId", "id", "version", "previousVersion", "isTest"),
        "changedFields",
    ]
)
_USER = ("id", "userId", "userName", "email", "phoneNumber")
_FIELD = ("id", "name", "value")


def shape(
    properties: Mapping[str, Property], show: Callable[[Lead], Mapping[str, Any]], show_time: Callable[[int], int]
) -> BodyShape:
    """`show` shows the whole lead; `show_time` converts milliseconds to the unit that the instance shows."""

    def draft(event: Event) -> Draft:
        """A flat body: the lead's scalar values beside the members of the event."""
        lead, change = show(event.lead), event.change
        body: dict[str, Any] = {
            "event": EVENT_NAMES[event.name],
            "eventId": event.id,
            "occurredAt": show_time(change.at_ms),
            "accountId": change.account_id,
            "leadId": change.lead_id,
            "id": change.lead_id,
            **event.versions,
        }
        if event.is_test:
            body["isTest"] = True
        if event.name != CREATED:
            shown = show(event.before) if event.before else lead  # a test has no lead before
            body["changedFields"] = [name for name, value in lead.items() if value != shown[name]]
        body |= {name: value for name, value in lead.items() if name not in body and _is_single(value)}
        body |= {
            "leadAttributionUser": _members(lead["leadAttributionUser"], _USER),
            "leadCart": _cart(lead["leadCart"]),
            "fields": [_members(field, _FIELD) for field in lead["fields"]],
            "conversionSteps": lead["conversionSteps"],
            "campaignIdData": lead["campaignIdData"],
        }
        return Draft(body, event_members=_EVENT_MEMBERS)

    return BodyShape(draft, lambda before, after: wire.differs(properties, before, after), EVENT_NAMES)


def _is_single(value: Any) -> bool:
    return value is not None and not isinstance(value, dict | list)


def _members(shown: Mapping[str, Any] | None, names: Sequence[str]) -> dict[str, Any] | None:
    return None if shown is None else {name: shown[name] for name in names}


def _cart(shown: Mapping[str, Any] | None) -> dict[str, Any] | None:
    if shown is None:
        return None
    return {"value": shown["value"], "leadProducts": [_product(line) for line in shown["leadProducts"]]}


def _product(line: Mapping[str, Any]) -> dict[str, Any]:
    product = line["product"]
    named = product or {"id": "", "name": ""}
    return {
        "id": named["id"],
        "name": named["name"],
        "amount": line["amount"],
        "value": line["value"],
        "product": product,
    }
