"""How many leads of a query are in each stage, and what they are worth."""

from msgspec import Struct, structs

from leadloop.core.accounts import Account
from leadloop.core.leads.status import GROUPS
from leadloop.core.reading import lists
from leadloop.core.reading.lists import COUNT_LIMIT
from leadloop.core.reading.visibility import Visibility, narrowed
from leadloop.core.search.folding import whole
from leadloop.core.search.tree import Is, Term
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
    stage and 50 stages besides those of the settings.
    """
    stages = {whole(stage): stage for stage in (*account.stage_order, *GROUPS)}
    order = dict.fromkeys(whole(stage) for stage in (*GROUPS, *account.stage_order))
    counts = [await _count(store, _in_stage(query, key), visibility, account, stages[key], most) for key in order]
    for key in await store.leads.stage_values(account.id, len(stages) + MOST_OTHER_STAGES):
        if key not in stages and (newest := await _newest_stage(store, _in_stage(query, key), visibility)):
            counts.append(await _count(store, _in_stage(query, key), visibility, account, newest, most))
    return counts


async def _count(
    store: Store, query: LeadQuery, visibility: Visibility, account: Account, stage: str, most: int
) -> StageCount:
    total = await lists.count(store, query, visibility, most)
    own, others = 0, dict[str, int]()
    if not total.exact:
        return StageCount(stage, total.count, False, None, others)
    for part in visibility.parts(query) if total.count else ():
        for currency, micros in (await store.leads.value_sums(part)).items():
            if currency is None or currency == account.currency:
                own += micros
            else:
                others[currency] = others.get(currency, 0) + micros
    others = {currency: micros for currency, micros in others.items() if micros}
    return StageCount(stage, total.count, True, own, others)


async def _newest_stage(store: Store, query: LeadQuery, visibility: Visibility) -> str | None:
    """The stage as the first lead of the query spells it."""
    leads = await lists.find(store, structs.replace(query, limit=1, offset=0, after=None), visibility)
    return leads[0].stage if leads else None


def _in_stage(query: LeadQuery, key: str) -> LeadQuery:
    return narrowed(query, Term(Is("stage", (key,))))
