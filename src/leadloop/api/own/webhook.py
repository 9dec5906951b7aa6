"""The standard webhook body, with the lead in the form of a dialect (semantics section 8)."""

from leadloop.api.call import Dialect
from leadloop.api.own.wire import RecordRenderer
from leadloop.webhooks.events import instant
from leadloop.webhooks.shapes import BodyShape, Draft, Event


def shape(base: Dialect, records: RecordRenderer) -> BodyShape:
    def draft(event: Event) -> Draft:
        change = event.change
        data = {
            "accountId": change.account_id,
            "leadId": base.shown_id(change.lead_id),
            **event.versions,
            "changed": records.names(change),
            "lead": base.show(event.lead),
        }
        body = {"type": event.name, "timestamp": instant(change.at_ms), "data": data}
        return Draft(body, lead_at=("data", "lead"))

    return BodyShape(draft)
