"""Checks whether the data agree with their history: all feeds, and the facts and index entries of a sample of leads."""

import random
from collections.abc import Awaitable, Callable
from typing import NamedTuple

from leadloop.app import EngineStore
from leadloop.core.accounts import Account
from leadloop.core.changes import Change
from leadloop.core.leads.doc import encode
from leadloop.core.leads.fold import fold
from leadloop.core.leads.model import Lead
from leadloop.core.store import Store

SAMPLE = 1_000
PAGE = 500


class Findings(NamedTuple):
    accounts: int
    records: int
    sampled: int
    newest_ms: int
    gaps: list[str]
    """Where a feed's positions are not 1, 2, 3, … to the number of its records."""
    mismatched: list[str]
    """Leads that differ from the fold of their records."""
    miscounted: list[str]
    """Leads and accounts whose facts in the Insights differ from the leads."""
    misindexed: list[str]
    """Leads and accounts whose entries in the search index differ from the leads."""
    wrong_totals: list[str]
    """Accounts whose stored number of leads differs from the leads."""


async def check_consistency(store: EngineStore) -> Findings:
    """Reads the feeds of all accounts once, and up to 1,000 randomly chosen leads."""
    feed = _Feed()
    accounts = await store.accounts.all()
    for account in accounts:
        await feed.read(store, account)
    mismatched = [problem for lead in feed.sample if (problem := await _mismatch(store, *lead))]
    miscounted = [problem for account in accounts if (problem := await _wrong_fact_count(store, account))]
    miscounted += [problem for lead in feed.sample if (problem := await _wrong_facts(store, *lead))]
    misindexed = [problem for account in accounts if (problem := await _wrong_index_count(store, account))]
    misindexed += [problem for lead in feed.sample if (problem := await _wrong_index(store, *lead))]
    wrong_totals = [problem for account in accounts if (problem := await _wrong_total(store, account))]
    newest_ms = max([feed.newest_ms, *(account.created_at_ms for account in accounts)])
    sizes = len(accounts), feed.records, len(feed.sample), newest_ms
    return Findings(*sizes, feed.gaps, mismatched, miscounted, misindexed, wrong_totals)


class _Feed:
    """What has been read so far. `sample` contains (account, lead); all leads have the same chance to be in it."""

    def __init__(self) -> None:
        self.records = self.newest_ms = self._leads = 0
        self.gaps: list[str] = []
        self.sample: list[tuple[str, str]] = []

    async def read(self, store: Store, account: Account) -> None:
        position = 0
        while page := await store.changes.feed(account.id, position, PAGE):
            for change in page:
                if change.position != position + 1:
                    self.gaps.append(f"account {account.id}: position {change.position} follows {position}")
                position = change.position
                self._note(change)

    def _note(self, change: Change) -> None:
        self.records += 1
        self.newest_ms = max(self.newest_ms, change.at_ms)
        if change.version == 1:
            self._leads += 1
            if len(self.sample) < SAMPLE:
                self.sample.append((change.account_id, change.lead_id))
            elif (place := random.randrange(self._leads)) < SAMPLE:
                self.sample[place] = (change.account_id, change.lead_id)


async def _mismatch(store: Store, account_id: str, lead_id: str) -> str | None:
    """What is wrong with a lead. It may change meanwhile, so records after the version that was read are ignored."""
    where = f"lead {lead_id} of account {account_id}"
    lead = await store.leads.get(account_id, lead_id)
    if lead is None:
        return f"{where} has a history but is missing"
    changes: list[Change] = []
    while len(changes) < lead.version and (
        page := await store.changes.of_lead(account_id, lead_id, changes[-1].version if changes else 0, PAGE)
    ):
        changes += page
    try:
        folded = fold(changes[: lead.version])
    except ValueError as error:
        return f"{where}: {error}"
    return None if encode(folded) == encode(lead) else f"{where} differs from its history"


async def _wrong_fact_count(store: EngineStore, account: Account) -> str | None:
    more = await store.derived.miscounted(account.id)
    return f"account {account.id}: the Insights count {_surplus(more)}" if more else None


async def _wrong_index_count(store: EngineStore, account: Account) -> str | None:
    more = await store.derived.misindexed(account.id)
    return f"account {account.id}: the search index has {_surplus(more)}" if more else None


async def _wrong_total(store: EngineStore, account: Account) -> str | None:
    more = await store.derived.lead_surplus(account.id)
    if more is None:
        return f"account {account.id}: the total of its leads misses changes, so each list counts them: use --recompute"
    return f"account {account.id}: the total has {_surplus(more)}: use --recompute" if more else None


def _surplus(more: int) -> str:
    return f"{abs(more)} leads too {'many' if more > 0 else 'few'}"


async def _wrong_facts(store: EngineStore, account_id: str, lead_id: str) -> str | None:
    where = f"lead {lead_id} of account {account_id}"
    is_wrong = await _is_wrong(store, store.derived.is_counted, account_id, lead_id)
    return f"{where} has other facts in the Insights" if is_wrong else None


async def _wrong_index(store: EngineStore, account_id: str, lead_id: str) -> str | None:
    where = f"lead {lead_id} of account {account_id}"
    is_wrong = await _is_wrong(store, store.derived.is_indexed, account_id, lead_id)
    return f"{where} has other entries in the search index" if is_wrong else None


async def _is_wrong(store: Store, is_right: Callable[[Lead], Awaitable[bool]], account_id: str, lead_id: str) -> bool:
    """Checks a lead again if it changes meanwhile."""
    lead = await store.leads.get(account_id, lead_id)
    while lead is not None and not await is_right(lead):
        before, lead = lead, await store.leads.get(account_id, lead_id)
        if lead is not None and lead.version == before.version:
            return True
    return False
