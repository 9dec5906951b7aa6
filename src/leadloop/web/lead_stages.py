"""The way of a lead through the stages, with the time that it spent in each. Pure."""

from collections.abc import Sequence

from msgspec import Struct

from leadloop.core.leads.model import Lead
from leadloop.core.leads.status import GROUPS, stage_key
from leadloop.insights.stages import Move, stays
from leadloop.web.labels import stage_mark

MOST_OWN = 4
"""Of the account's own stages so many are shown: the current one, and those that the lead entered last."""
_AFTER_OWN = ("COMPLETE", "LOST")


class StageStep(Struct, frozen=True):
    stage: str
    mark: str
    """The class of its colours."""
    spent_ms: int | None
    """In all stays together; `None` if the lead has never been there."""
    is_current: bool


def steps_of(lead: Lead, moves: Sequence[Move], until_ms: int, order: Sequence[str]) -> list[StageStep]:
    """The four stages, and before the last two the account's own ones in which the lead has been. `order` is the
    account's order of its own ones."""
    spent: dict[str, int] = {}
    names: dict[str, str] = {}
    for stay in stays(lead.created_at_ms, moves):
        key = stage_key(stay.stage)
        length = max(0, (until_ms if stay.until_ms is None else stay.until_ms) - stay.since_ms)
        spent[key] = spent.pop(key, 0) + length
        names[key] = stay.stage
    current = stage_key(lead.stage)
    spent.setdefault(current, 0)
    names[current] = lead.stage
    own = [key for key in spent if key not in GROUPS][-MOST_OWN:]
    places = {stage_key(stage): place for place, stage in enumerate(order)}
    own.sort(key=lambda key: places.get(key, len(places)))
    fixed = [key for key in GROUPS if key not in _AFTER_OWN]
    return [
        StageStep(names.get(key, key), stage_mark(key), spent.get(key), key == current)
        for key in (*fixed, *own, *_AFTER_OWN)
    ]
