"""The number of fields and items in a lead or record: a cheap estimate of what processing it costs. Pure."""

from collections.abc import Iterable

from leadloop.core.changes import Change
from leadloop.core.leads.model import Lead


def size_of(lead: Lead) -> int:
    lists = len(lead.notes) + len(lead.answers) + len(lead.activities) + len(lead.tags) + len(lead.reposted_to)
    maps = len(lead.params) + len(lead.steps) + len(lead.custom_fields) + len(lead.consent) + len(lead.flags)
    cart = len(lead.cart.lines) if lead.cart is not None else 0
    return lists + maps + cart


def size_of_records(records: Iterable[Change]) -> int:
    """Counts the items of lists that were recorded whole."""
    size = 0
    for record in records:
        fields = record.fields
        size += len(fields)
        if len(fields) < WHOLE_LISTS:
            size += sum(len(value) for field in fields for value in (field.before, field.after) if type(value) is list)
    return size


WHOLE_LISTS = 200
"""A record with this many fields is large anyway: the items of its lists are not counted."""
