"""Where a page of a lead is: its address with the version, the filter of the timeline and the list it came from."""

from typing import Any
from urllib.parse import quote, urlencode

from msgspec import Struct, structs

from leadloop.web.visit import Visit, read_digits

SHOWS = ("all", "talk", "changes", "webhooks")
OPENS = ("raw", "why")


class LeadPlace(Struct, frozen=True, kw_only=True):
    """What an address says is read as something, except for a version that the lead does not have."""

    account_id: str
    lead_id: str
    as_of: int | None = None
    """The version to show; `None` for the current one."""
    show: str = SHOWS[0]
    """Which parts of the timeline are shown."""
    open: str = ""
    """A folded part that is to be open, for browsers without scripts."""
    list_text: str | None = None
    """The query string of the list that the reader came from; `None` if they came from elsewhere."""

    @property
    def path(self) -> str:
        return f"/app/{self.account_id}/leads/{self.lead_id}"

    def url(self, part: str = "", **changes: Any) -> str:
        """The address with some members changed, or that of a part of the page (`/raw`) for the same place."""
        place = structs.replace(self, **({"open": ""} | changes))
        fields = {
            "asOf": None if place.as_of is None else str(place.as_of),
            "show": None if place.show == SHOWS[0] else place.show,
            "open": place.open or None,
            "from": place.list_text,
        }
        text = urlencode({name: value for name, value in fields.items() if value is not None}, quote_via=quote)
        return place.path + part + (f"?{text}" if text else "")


def place_of(visit: Visit, lead_id: str) -> LeadPlace:
    values = visit.request.query_params
    as_of, show, opened = (values.get(name) or "" for name in ("asOf", "show", "open"))
    return LeadPlace(
        account_id=visit.account.id,
        lead_id=lead_id,
        as_of=read_digits(as_of),
        show=show if show in SHOWS else SHOWS[0],
        open=opened if opened in OPENS else "",
        list_text=values.get("from"),
    )
