"""Bursts: consecutive changes of a lead by one actor within five minutes, which the timeline shows as one entry. Pure.

Where a burst begins depends only on the changes just before it, never on where somebody began to read: so the bursts of
a history are the same whether it is read at once or in pieces, and only the newest one can still grow.
"""

from collections.abc import Iterable, Sequence
from typing import Any

from leadloop.core.changes import Change, FieldChange
from leadloop.core.leads.merge import same

BURST_MS = 5 * 60_000
LONG_RUN = 50
"""In a run of one actor without a pause, a burst begins at every version after a multiple of this, if the run goes on
for as many versions before it. Without that, the bursts of a run would depend on where it began, however long ago."""


def bursts_of(changes: Sequence[Change], start: int = 1) -> list[Sequence[Change]]:
    """The bursts of consecutive versions, oldest first. One begins at the version `start`. Leaves out the first changes
    if their burst may have begun before them."""
    bursts: list[list[Change]] = []
    run = 0
    for change, previous in zip(changes, (None, *changes), strict=False):
        is_chained = previous is not None and _is_chained(previous, change)
        run = run + 1 if is_chained else 0
        is_anchor = change.version == start or (previous is not None and not is_chained)
        if is_anchor or (run >= LONG_RUN and change.version % LONG_RUN == 1):
            bursts.append([change])
        elif bursts and change.at_ms - bursts[-1][0].at_ms <= BURST_MS:
            bursts[-1].append(change)
        elif bursts:
            bursts.append([change])
    return list(bursts)


def _is_chained(previous: Change, change: Change) -> bool:
    return previous.actor == change.actor and change.at_ms - previous.at_ms <= BURST_MS


def fold_fields(changes: Iterable[Iterable[FieldChange]]) -> list[FieldChange]:
    """What a sequence of changes did to each field: its first value before and its last one after. Fields that ended as
    they began are left out; a reason why leadloop set nothing stays."""
    folded: dict[str, FieldChange] = {}
    for fields in changes:
        for field in fields:
            earlier = folded.get(field.field)
            folded[field.field] = field if earlier is None else _join(earlier, field)
    return [field for field in folded.values() if not _is_back(field)]


def _join(first: FieldChange, last: FieldChange) -> FieldChange:
    if not last.is_effective:
        return FieldChange(first.field, first.before, first.after, last.reason)
    before: Any = first.before if first.is_effective else last.before
    return FieldChange(first.field, before, last.after, last.reason)


def _is_back(field: FieldChange) -> bool:
    return same(field.before, field.after) and (field.is_effective or field.reason is None)
