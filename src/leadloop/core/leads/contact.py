"""Whether somebody has contacted a lead, by the rule of the Insights. Pure."""

from leadloop.core.leads.model import Lead
from leadloop.core.leads.status import FIRST_STAGE, stage_key


def waits_since_ms(lead: Lead) -> int | None:
    """Since when the lead waits for its first contact: its creation, or its date if that is earlier.

    `None` once it was contacted: it has left the first stage, or one of its activities is completed. Whoever moves a
    lead back to the first stage says that it waits again.
    """
    if lead.stage is not FIRST_STAGE and stage_key(lead.stage) != FIRST_STAGE:
        return None
    if any(activity.completed_at_ms is not None for activity in lead.activities):
        return None
    return min(lead.created_at_ms, lead.lead_date_ms)
