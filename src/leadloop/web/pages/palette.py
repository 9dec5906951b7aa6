"""The leads that the palette (Ctrl K) finds while somebody types in it."""

from starlette.responses import Response

from leadloop.core.leads.model import Lead
from leadloop.core.leads.phones import possible_regions
from leadloop.core.reading import lists
from leadloop.core.search.read import read_words
from leadloop.core.store import LeadQuery, Order
from leadloop.web.lead_rows import RowMaker
from leadloop.web.render import page
from leadloop.web.visit import Visit

LIMIT = 8
SHORTEST = 2
"""Nothing is found for shorter texts."""


async def find_leads(visit: Visit) -> Response:
    """The newest leads with all words of `q` in name, e-mail or phone; whatever `q` is, it is no mistake."""
    maker = RowMaker(visit.account, visit.visitor.language, (), visit.now_ms)
    leads = await _find(visit, visit.request.query_params.get("q") or "")
    return page(visit, "leads/_found.html", rows=[maker.row(lead) for lead in leads])


async def _find(visit: Visit, text: str) -> list[Lead]:
    account = visit.account
    search = read_words(text, regions=possible_regions(account.country), is_renewing=account.is_renewing)
    if search is None or len(text.strip()) < SHORTEST:
        return []
    query = LeadQuery(account_id=account.id, order=Order.LEAD_DATE, limit=LIMIT, search=search)
    return await lists.find(visit.store, query, await visit.visibility())
