"""Counts the stage funnel again, in plain Python: the expected answers of tests."""

from collections import Counter, defaultdict
from collections.abc import Sequence
from decimal import ROUND_HALF_EVEN, Decimal
from typing import Any

from tests.support.recount import Past, about, period_of, spread
from tests.support.recount_things import Entries, Query, filtered


def refunnel(leads: Sequence[Past], query: Query, catalogue: Entries) -> dict[str, Any]:
    period = period_of(query)
    matching = [past for past in leads if period.has(past.lead) and filtered(past.lead, query, catalogue)]
    entries: Counter[str] = Counter(stage for past in matching for stage, _ in past.stages)
    entered: Counter[str] = Counter(stage for past in matching for stage in {stage for stage, _ in past.stages})
    stayed: defaultdict[str, list[int]] = defaultdict(list)
    to: defaultdict[str, Counter[str]] = defaultdict(Counter)
    for past in matching:
        for (stage, since_ms), (after, until_ms) in zip(past.stages, past.stages[1:], strict=False):
            stayed[stage].append(until_ms - since_ms)
            to[stage][after] += 1
    usual = ["NEW", "ACTIVE", "COMPLETE", "LOST"]
    own = sorted(set(entries) - set(usual), key=lambda stage: (-entered[stage], stage))
    return {
        **about(query, period),
        "leads": len(matching),
        "stages": [
            {
                "stage": stage,
                "leads": entered[stage],
                "entries": entries[stage],
                "stayed": {**spread(stayed[stage]), "mean": mean(stayed[stage])},
                "to": dict(sorted(to[stage].items(), key=lambda item: (-item[1], item[0]))),
                "stay": entries[stage] - len(stayed[stage]),
            }
            for stage in (*usual, *own)
        ],
    }


def mean(times_ms: Sequence[int]) -> Decimal | None:
    if not times_ms:
        return None
    return (Decimal(sum(times_ms)) / len(times_ms)).quantize(Decimal(1), ROUND_HALF_EVEN) / 1_000
