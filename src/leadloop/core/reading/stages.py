"""How many leads of a query are in each stage, and what they are worth."""

from collections import Counter, defaultdict
from collections.abc import Iterable

from msgspec import Struct, structs

from leadloop.core.accounts import Account
from leadloop.core.leads.status import GROUPS
from leadloop.core.reading import lists
from leadloop.core.reading.lists import COUNT_LIMIT
from leadloop.core.reading.visibility import Visibility, narrowed
from leadloop.core.search.folding import whole
from leadloop.core.search.tree import Is, Term
from leadloop.core.stage_sums import StageSum
from leadloop.core.store import LeadQuery, Store

MOST_OTHER_STAGES = 50
"""Stages that leads have and the account's settings do not."""


class StageCount(Struct, frozen=True):
    stage: str
    """As the account writes it."""
    count: int
    exact: bool
    """False if there are more than `count`."""
    value_micros: int | None
    """The values in the account's currency; `None` unless the count is exact."""
    other_values: dict[str, int]
    """The values in other currencies, in micros; empty unless the count is exact."""


async def stage_counts(
    store: Store, query: LeadQuery, visibility: Visibility, account: Account, most: int = COUNT_LIMIT
) -> list[StageCount]:
    """The four stages, then the account's own in its order, then others that visible leads of the query have.

    A lead counts for the stage by which a search finds it (`stage:` folds accents). Reads at most `most` leads of each
    stage, and 50 stages besides those of the settings.
    """
    names = {whole(stage): stage for stage in (*account.stage_order, *GROUPS)}
    keys = list(dict.fromkeys(whole(stage) for stage in (*GROUPS, *account.stage_order)))
    sums = await _sums(store, query, visibility, most)
    if sums is not None:
        others = sorted(sums.keys() - names.keys())
    else:
        stored = await store.leads.stage_values(account.id, len(names) + MOST_OTHER_STAGES)
        others = [key for key in stored if key not in names]
    counts = []
    for key in (*keys, *others[:MOST_OTHER_STAGES]):
        in_stage = narrowed(query, Term(Is("stage", (key,))))
        name = names.get(key) or await _newest_stage(store, in_stage, visibility)
        if name is not None:
            of_stage = await _sums(store, in_stage, visibility, most) if sums is None else sums
            counts.append(_count(name, None if of_stage is None else of_stage[key], account, most))
    return counts


async def _sums(
    store: Store, query: LeadQuery, visibility: Visibility, most: int
) -> defaultdict[str, list[StageSum]] | None:
    """The sums of the visible leads by folded stage; `None` if there are more leads than `most`."""
    total = await lists.count(store, query, visibility, most)
    if not total.exact:
        return None
    sums = defaultdict[str, list[StageSum]](list)
    for part in visibility.parts(query) if total.count else ():
        for stage_sum in await store.leads.stage_sums(part):
            sums[whole(stage_sum.stage)].append(stage_sum)
    return sums


def _count(stage: str, sums: Iterable[StageSum] | None, account: Account, most: int) -> StageCount:
    if sums is None:
        return StageCount(stage, most, False, None, {})
    count, values = 0, Counter[str]()
    own = account.currency or ""
    for each in sums:
        count += each.leads
        values[each.currency or own] += each.value_micros
    value_micros = values.pop(own, 0)
    others = {currency: micros for currency, micros in values.items() if micros}
    return StageCount(stage, count, True, value_micros, others)


async def _newest_stage(store: Store, query: LeadQuery, visibility: Visibility) -> str | None:
    """The stage as the first lead of the query spells it."""
    leads = await lists.find(store, structs.replace(query, limit=1, offset=0, after=None), visibility)
    return leads[0].stage if leads else None
