"""The facts of leads as rows of both engines: account, lead, number, date, amount, value, traits."""

from collections.abc import Callable
from typing import Any

import msgspec

from leadloop.core.leads.model import Lead
from leadloop.core.leads.parts import User
from leadloop.insights.facts import facts

Row = tuple[Any, ...]

read_user: Callable[[str], User] = msgspec.json.Decoder(User).decode


def rows(lead: Lead | None) -> list[Row]:
    """None where there is no lead, or a deleted one."""
    if lead is None:
        return []
    return [
        (lead.account_id, lead.id, n, lead.lead_date_ms, fact.amount_micros, fact.value_micros, fact.traits)
        for n, fact in enumerate(facts(lead))
    ]
