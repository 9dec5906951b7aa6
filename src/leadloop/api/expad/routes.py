"""The routes of the Expad dialect (expad.md section 2)."""

from collections.abc import Mapping
from functools import partial

from leadloop.api import as_of
from leadloop.api.call import Answer, Call, Route, Takes, bare_lead_id, lead_id_of, show_unless_cached
from leadloop.api.errors import ApiError
from leadloop.api.expad import insights, listing
from leadloop.api.guard import Caller
from leadloop.api.pages import limit_unread
from leadloop.api.writes import create_lead, patch_lead
from leadloop.core.errors import Problem


def routes() -> list[Route]:
    account = "/v1/account/{account_id}"
    leads, lead = f"{account}/lead", f"{account}/lead/{{lead_id}}"
    route = partial(Route, check=own_account)
    return [
        route("GET", leads, "leads:read", limit_unread(list_leads), query=listing.PARAMETERS),
        route("GET", f"{account}/leads", "leads:read", limit_unread(list_leads), query=listing.PARAMETERS),
        route(
            "GET", f"{account}/insights", "leads:read", insights.InsightsResource().answer, query=insights.PARAMETERS
        ),
        route("POST", leads, "leads:write", create_lead, Takes.NEW),
        route("GET", lead, "leads:read", get, query=as_of.PARAMETERS),
        route("PATCH", lead, "leads:write", patch_lead, Takes.LEAD_CHANGE),
        route("PATCH", leads, "leads:write", patch_lead, missing=Problem("lead_id_missing")),
    ]


async def get(call: Call) -> Answer:
    lead = await as_of.load_lead(call, lead_id_of(call))
    return await show_unless_cached(call, lead, partial(call.dialect.get_body, lead))


async def list_leads(call: Call) -> Answer:
    page = await listing.read_page(call)
    return Answer(
        {
            "leads": page.leads,
            "total": page.total,
            "page": page.number,
            "pageSize": page.page_size,
            "nextPageToken": page.next_token,
        },
        size=page.size,
    )


def own_account(caller: Caller, path: Mapping[str, str]) -> None:
    """The account in the path must be the key's own. For another account the error does not show whether it exists."""
    account_id = path["account_id"]
    if account_id == caller.account_id:
        return
    if bare_lead_id(account_id) != account_id:
        raise ApiError(404, Problem("account_not_found"))
    raise ApiError(403, Problem("account_of_others"))
