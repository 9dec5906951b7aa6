"""A lead as programs see it: the JSON that a Get answers in each lead API, and the curl command that asks for it."""

import shlex
from collections.abc import Sequence

import msgspec
from msgspec import Struct

from leadloop.api.body import encode
from leadloop.api.call import Dialect
from leadloop.core.leads.model import Lead
from leadloop.core.leads.sizes import size_of
from leadloop.core.threads import in_thread_if_large

KEY = "$LEADLOOP_KEY"
"""The shell fills it in."""


class RawLead(Struct, frozen=True):
    api: str
    title: str
    json: str
    curl: str


async def raw_leads(dialects: Sequence[Dialect], lead: Lead, origin: str, as_of: int | None) -> list[RawLead]:
    return await in_thread_if_large(
        size_of(lead), lambda: [_raw_lead(dialect, lead, origin, as_of) for dialect in dialects]
    )


def _raw_lead(dialect: Dialect, lead: Lead, origin: str, as_of: int | None) -> RawLead:
    path = dialect.lead_path.format(account_id=lead.account_id, lead_id=dialect.shown_id(lead.id))
    url = f"{origin}{path}" + ("" if as_of is None else f"?asOf={as_of}")
    text = msgspec.json.format(encode(dialect.get_body(lead)), indent=2).decode()
    return RawLead(dialect.name, dialect.sample.title, text, f'curl {shlex.quote(url)} \\\n  -H "X-API-Key: {KEY}"')
