"""A leadloop with a planted defect, to prove that a check notices it: `python controls.py DEFECT serve …`.

It starts like the real one (see `Leadloop(command=…)`) and differs from it in its store alone.
"""

import asyncio
import sys
from pathlib import Path
from typing import Any, cast
from unittest.mock import AsyncMock, MagicMock, patch

from msgspec import structs

from leadloop import app, cli
from leadloop.api import guard, writes
from leadloop.api.body import json_text
from leadloop.api.call import Call
from leadloop.api.replays import AnswerBuilder
from leadloop.core.keys import SCOPES
from leadloop.core.leads.doc import encode
from leadloop.core.leads.model import Lead
from leadloop.core.store import Store
from leadloop.core.writes.unit import Loaded, Outcome, Saved, Unit
from leadloop.core.writes.use_cases import WriteResult
from leadloop.server.unfinished import Unfinished
from leadloop.settings import DatabaseSettings
from leadloop.storage.postgres import leads
from leadloop.webhooks.routing import OnQueued, ignore

DELAY_SECONDS = 1.0
THOUGHT_SECONDS = 0.005


def command(defect: str) -> tuple[str, ...]:
    """For `Leadloop(command=…)`."""
    return (str(Path(__file__).resolve()), defect)


class StoreWrapper:
    """A store with some methods replaced."""

    def __init__(self, store: Store) -> None:
        self._store = store

    def __getattr__(self, name: str) -> Any:
        return getattr(self._store, name)


class AnswersEarly(StoreWrapper):
    """Answers a second before it commits. The commits are complete and in the right order."""

    def __init__(self, store: Store) -> None:
        super().__init__(store)
        self._ahead: dict[tuple[str, str], Lead] = {}
        self._waiting: set[asyncio.Task[None]] = set()

    async def write(self, unit: Unit[Any]) -> Any:
        key = unit.account_id, unit.lead_id
        stored = None if key in self._ahead else await self._store.leads.get(*key)
        outcome: Outcome[Any] = unit.run(Loaded(self._ahead.get(key, stored)))
        if outcome.saved is not None:
            self._ahead[key] = outcome.saved.lead
            task = asyncio.create_task(self._commit(unit))
            self._waiting.add(task)
            task.add_done_callback(self._waiting.discard)
        return outcome.answer

    async def close(self) -> None:
        await asyncio.gather(*self._waiting)
        await self._store.close()

    async def _commit(self, unit: Unit[Any]) -> None:
        await asyncio.sleep(DELAY_SECONDS)
        await self._store.write(unit)


class LosesUpdates(StoreWrapper):
    """Reads a lead, changes it and writes it back whole, even if it has changed meanwhile."""

    async def write(self, unit: Unit[Any]) -> Any:
        stale = await self._store.leads.get(unit.account_id, unit.lead_id)
        await asyncio.sleep(THOUGHT_SECONDS)  # so that others write meanwhile, however fast the machine is

        def overwrite(loaded: Loaded) -> Outcome[Any]:
            if stale is None or loaded.lead is None:
                return unit.run(loaded)
            outcome: Outcome[Any] = unit.run(Loaded(stale))
            if outcome.saved is None:
                return outcome
            lead = structs.replace(outcome.saved.lead, version=loaded.lead.version + 1)
            change = structs.replace(outcome.saved.change, version=lead.version)
            return Outcome(outcome.answer, Saved(lead, encode(lead), change))

        return await self._store.write(structs.replace(unit, run=overwrite))


class RunsAgain(StoreWrapper):
    """Repeats a batch after a lost connection without checking whether it was committed. PostgreSQL only."""

    def __init__(self, store: Store) -> None:
        super().__init__(store)
        leads.committed = AsyncMock(return_value={})


class MixesAccounts(StoreWrapper):
    """Finds a lead by its id alone, in any account."""

    def __init__(self, store: Store) -> None:
        super().__init__(store)
        self._get = store.leads.get
        store.leads.get = self._get_of_any  # type: ignore[method-assign]

    async def _get_of_any(self, account_id: str, lead_id: str) -> Lead | None:
        for account in await self._store.accounts.all():
            if (lead := await self._get(account.id, lead_id)) is not None:
                return lead
        return None

    async def write(self, unit: Unit[Any]) -> Any:
        if (lead := await self._get_of_any(unit.account_id, unit.lead_id)) is not None:
            unit = structs.replace(unit, account_id=lead.account_id)
        return await self._store.write(unit)


class ForgetsScopes(StoreWrapper):
    """Lets every key do everything in its account."""

    def __init__(self, store: Store) -> None:
        super().__init__(store)
        real = guard._caller_of
        vars(guard)["_caller_of"] = lambda key, account: structs.replace(real(key, account), scopes=frozenset(SCOPES))


class ShowsLeads(StoreWrapper):
    """Shows a lead to a caller that may only write it."""

    def __init__(self, store: Store) -> None:
        super().__init__(store)
        Call.may_read = True  # type: ignore[assignment, method-assign]


class StoresTexts(StoreWrapper):
    """Stores the whole text of an answer under its idempotency key."""

    def __init__(self, store: Store) -> None:
        super().__init__(store)

        def summarize(call: Call, builder: AnswerBuilder, result: WriteResult) -> str:
            answer = builder.answer(call, result)
            return json_text([answer.status, answer.headers, json_text(answer.body)])

        vars(writes)["summarize"] = summarize


class HoldsBodies(StoreWrapper):
    """Sets no limit on the memory of incomplete requests."""

    def __init__(self, store: Store) -> None:
        super().__init__(store)
        Unfinished.excess = MagicMock(return_value=None)  # type: ignore[method-assign]


DEFECTS = {
    "answers-early": AnswersEarly,
    "forgets-scopes": ForgetsScopes,
    "holds-bodies": HoldsBodies,
    "loses-updates": LosesUpdates,
    "mixes-accounts": MixesAccounts,
    "runs-again": RunsAgain,
    "shows-leads": ShowsLeads,
    "stores-texts": StoresTexts,
}


def main() -> None:
    defect, real = DEFECTS[sys.argv.pop(1)], app.open_store

    def open_store(settings: DatabaseSettings, on_queued: OnQueued = ignore) -> Store:
        return cast(Store, defect(real(settings, on_queued)))

    with patch.object(app, "open_store", open_store):
        cli.main()


if __name__ == "__main__":
    main()
