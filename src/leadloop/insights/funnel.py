"""The stage funnel: how many leads of a period entered each stage, how long they stayed, and where they went next."""

from collections import Counter
from decimal import Decimal
from typing import Any

from msgspec import Struct, field

from leadloop.core.leads.status import GROUPS, stage_key
from leadloop.insights.dimensions import DIMENSIONS, Filters
from leadloop.insights.entities import EntityResolver, entity_resolver
from leadloop.insights.lead_view import LeadView
from leadloop.insights.measures import round_half_even, scaled, spread
from leadloop.insights.ports import InsightStore, LeadScan
from leadloop.insights.stages import Stay, stays
from leadloop.insights.times import Times


class Stage(Struct):
    leads: int = 0
    """The number of leads that have been in it."""
    entries: int = 0
    """How often leads entered it."""
    stayed: Times = field(default_factory=Times)
    """The lengths of completed stays."""
    to: Counter[str] = field(default_factory=Counter)
    """How often leads moved on, by the key of the next stage."""

    def add(self, stay: Stay) -> None:
        self.entries += 1
        if stay.until_ms is not None and stay.to is not None:
            self.stayed.add(stay.until_ms - stay.since_ms)
            self.to[stage_key(stay.to)] += 1


class Funnel:
    """The funnel of the leads that pass the filters. It counts all moves until now, not only those in the period."""

    def __init__(self, entity_resolver: EntityResolver) -> None:
        self._resolver = entity_resolver
        self.leads = 0
        self.stages: dict[str, Stage] = {stage: Stage() for stage in GROUPS}
        """By the keys of the stages."""
        self._names: dict[str, tuple[int, str]] = {}

    def add(self, lead: LeadView) -> None:
        if not self._resolver.passes(lead):
            return
        self.leads += 1
        lead_stays = stays(lead.created_at_ms, lead.moves)
        for stay in lead_stays:
            key = stage_key(stay.stage)
            self.stages.setdefault(key, Stage()).add(stay)
            if key not in GROUPS:
                self._names[key] = max(self._names.get(key, (stay.since_ms, "")), (stay.since_ms, stay.stage))
        for key in {stage_key(stay.stage) for stay in lead_stays}:
            self.stages[key].leads += 1

    def name(self, key: str) -> str:
        """The latest spelling of the stage."""
        return self._names[key][1] if key in self._names else key


async def funnel(store: InsightStore, account_id: str, from_ms: int, to_ms: int, filters: Filters) -> Funnel:
    members = frozenset(member for name in filters for member in DIMENSIONS[name].members)
    resolver = await entity_resolver(store, account_id, (), filters)
    return await store.insights.fold_leads(
        LeadScan(account_id, from_ms, to_ms, members, True), lambda: Funnel(resolver)
    )


def funnel_rows(stage_funnel: Funnel) -> list[dict[str, Any]]:
    """The rows of the four stages, then those of custom stages, those with most leads first."""
    own = sorted(
        ((stage_funnel.name(key), stage) for key, stage in stage_funnel.stages.items() if key not in GROUPS),
        key=lambda item: (-item[1].leads, item[0]),
    )
    usual = [(name, stage_funnel.stages[name]) for name in GROUPS]
    return [_row(stage_funnel, name, stage) for name, stage in (*usual, *own)]


def _row(stage_funnel: Funnel, name: str, stage: Stage) -> dict[str, Any]:
    to = {stage_funnel.name(key): times for key, times in stage.to.items()}
    return {
        "stage": name,
        "leads": stage.leads,
        "entries": stage.entries,
        "stayed": {**spread(stage.stayed), "mean": _mean(stage.stayed)},
        "to": dict(sorted(to.items(), key=lambda item: (-item[1], item[0]))),
        "stay": stage.entries - stage.to.total(),
    }


def _mean(times: Times) -> Decimal | None:
    """The mean in seconds, to the millisecond; `None` without times."""
    return scaled(round_half_even(times.total_ms, len(times)), 3) if times else None
