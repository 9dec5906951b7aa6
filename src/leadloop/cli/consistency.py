"""Whether the data agree with their own history: the feed of every account, a sample of leads, and what is counted."""

import random
from typing import NamedTuple

from leadloop.app import EngineStore
from leadloop.core.accounts import Account
from leadloop.core.changes import Change
from leadloop.core.leads.doc import encode
from leadloop.core.leads.fold import fold
from leadloop.core.ports import Store

SAMPLE = 1_000
PAGE = 500


class Findings(NamedTuple):
    accounts: int
    records: int
    sampled: int
    newest_ms: int
    gaps: list[str]
    """Where a feed's positions are not 1, 2, 3, … to the number of its records."""
    strays: list[str]
    """Leads that are not what their records make of them."""
    miscounted: list[str]
    """Leads and accounts whose figures in the Insights are not those of the leads."""


async def examine(store: EngineStore) -> Findings:
    """Reads every account's feed once, and up to 1,000 leads chosen from them at random."""
    feed = _Feed()
    accounts = await store.accounts()
    for account in accounts:
        await feed.read(store, account)
    strays = [stray for lead in feed.sample if (stray := await _stray(store, *lead))]
    miscounted = [found for account in accounts if (found := await _miscounted(store, account))]
    miscounted += [found for lead in feed.sample if (found := await _uncounted(store, *lead))]
    newest_ms = max([feed.newest_ms, *(account.created_at_ms for account in accounts)])
    return Findings(len(accounts), feed.records, len(feed.sample), newest_ms, feed.gaps, strays, miscounted)


class _Feed:
    """What was seen so far. `sample` holds (account, lead), every lead seen being in it with the same chance."""

    def __init__(self) -> None:
        self.records = self.newest_ms = self._leads = 0
        self.gaps: list[str] = []
        self.sample: list[tuple[str, str]] = []

    async def read(self, store: Store, account: Account) -> None:
        position = 0
        while page := await store.changes(account.id, position, PAGE):
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


async def _stray(store: Store, account_id: str, lead_id: str) -> str | None:
    """What is wrong with a lead. It may change meanwhile, so records after the version that was read are left out."""
    where = f"lead {lead_id} of account {account_id}"
    lead = await store.lead(account_id, lead_id)
    if lead is None:
        return f"{where} has a history and is not there"
    changes: list[Change] = []
    while len(changes) < lead.version and (
        page := await store.lead_changes(account_id, lead_id, changes[-1].version if changes else 0, PAGE)
    ):
        changes += page
    try:
        made = fold(changes[: lead.version])
    except ValueError as error:
        return f"{where}: {error}"
    return None if encode(made) == encode(lead) else f"{where} is not what its records make of it"


async def _miscounted(store: EngineStore, account: Account) -> str | None:
    more = await store.miscounted(account.id)
    how = "many" if more > 0 else "few"
    return f"account {account.id}: the Insights count {abs(more)} leads too {how}" if more else None


async def _uncounted(store: EngineStore, account_id: str, lead_id: str) -> str | None:
    """A lead that changes meanwhile is looked at again."""
    lead = await store.lead(account_id, lead_id)
    while lead is not None and not await store.is_counted(lead):
        before, lead = lead, await store.lead(account_id, lead_id)
        if lead is not None and lead.version == before.version:
            return f"lead {lead_id} of account {account_id} is counted as something else in the Insights"
    return None
