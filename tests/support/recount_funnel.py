"""The stage funnel once more, in plain Python."""

from collections import Counter, defaultdict
from collections.abc import Sequence
from decimal import ROUND_HALF_EVEN, Decimal
from typing import Any

from tests.support.recount import Past, about, period_of, spread
from tests.support.recount_things import Entries, Query, filtered


def refunnel(leads: Sequence[Past], query: Query, catalogue: Entries) -> dict[str, Any]:
    period = period_of(query)
    found = [one for one in leads if period.has(one.lead) and filtered(one.lead, query, catalogue)]
    entries: Counter[str] = Counter(stage for one in found for stage, _ in one.stages)
    entered: Counter[str] = Counter(stage for one in found for stage in {stage for stage, _ in one.stages})
    stayed: defaultdict[str, list[int]] = defaultdict(list)
    to: defaultdict[str, Counter[str]] = defaultdict(Counter)
    for one in found:
        for (stage, since_ms), (after, until_ms) in zip(one.stages, one.stages[1:], strict=False):
            stayed[stage].append(until_ms - since_ms)
            to[stage][after] += 1
    usual = ["NEW", "ACTIVE", "COMPLETE", "LOST"]
    own = sorted(set(entries) - set(usual), key=lambda stage: (-entered[stage], stage))
    return {
        **about(query, period),
        "leads": len(found),
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
