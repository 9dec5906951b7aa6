"""A lead, to read: who it is and how to reach them, where the sale stands, everything known, and what happened."""

from starlette.responses import Response

from leadloop.api.call import bare_lead_id
from leadloop.core.errors import LeadNotFound
from leadloop.core.leads.model import Lead
from leadloop.core.writes import use_cases
from leadloop.web.lead_groups import groups_of
from leadloop.web.phone_links import phone_link
from leadloop.web.render import page
from leadloop.web.visit import Visit


async def show_lead(visit: Visit) -> Response:
    lead = await load_lead(visit)
    return page(
        visit,
        "lead/page.html",
        lead=lead,
        phone=phone_link(lead, visit.account.country),
        groups=groups_of(lead),
        timeline=None,
    )


async def load_lead(visit: Visit) -> Lead:
    """The lead in the path. Raises `LeadNotFound`, whether there is none or the visitor may not see it."""
    lead_id = bare_lead_id(visit.params["lead_id"])
    if lead_id is None:
        raise LeadNotFound
    return await use_cases.get(visit.store, visit.account.id, lead_id)
