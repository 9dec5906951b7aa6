"""Webhook bodies of the LeadSail dialect (leadsail.md section 6)."""

from leadloop.api.leadsail import wire
from leadloop.webhooks.events import instant
from leadloop.webhooks.shapes import BodyShape, Draft, Event

ENGINE_EVENTS = (
    "lead.delivered",
    "lead.disqualified",
    "lead.failed",
    "lead.queued",
    "lead.first_submission_action",
    "lead.processed",
)
"""Events of a distribution engine. leadloop has none yet and sends none of them."""


def draft(event: Event) -> Draft:
    lead = wire.show(event.lead)
    body = {
        "event": event.name,
        "leadId": lead["leadId"],
        "submissionId": None,  # leadloop has no distribution engine, so no submissions
        "campaignId": lead.get("campaign", {}).get("campaignId"),
        "status": lead["status"],
        "timestamp": instant(event.change.at_ms),
        **event.versions,
        "data": lead,
    }
    return Draft(body, lead_at=("data",))


SHAPE = BodyShape(draft, more_events=ENGINE_EVENTS)
