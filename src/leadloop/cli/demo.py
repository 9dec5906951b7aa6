"""`leadloop demo`: fills an account with a year of invented leads, to try leadloop with."""

import sys
from collections.abc import Iterator
from typing import Annotated, Literal

from cyclopts import Parameter, validators
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from leadloop.app import clock, pepper_of
from leadloop.cli.command import Result, command
from leadloop.cli.database import add_account_with_key, open_database, require_account
from leadloop.cli.output import moment
from leadloop.core.writes.unit import History
from leadloop.demo.keys import add_keys
from leadloop.demo.year import MARKETS, MIXED, year
from leadloop.settings import DATABASE_DEFAULTS, DEFAULTS, DatabaseSettings

MOST = 10_000_000


@command
async def demo(
    *,
    account: Annotated[str | None, Parameter(help="The id of the account to fill; by default a new one.")] = None,
    count: Annotated[int, Parameter(help="How many leads.", validator=validators.Number(gte=1, lte=MOST))] = 5_000,
    market: Annotated[
        Literal["br", "us"] | None,
        Parameter(help="Only leads of one market; the new account gets its currency, time zone, country and language."),
    ] = None,
    seed: Annotated[int, Parameter(help="The seed of the random numbers: another seed gives other leads.")] = 1,
    settings: DatabaseSettings = DATABASE_DEFAULTS,
) -> Result:
    """Fill an account with a year of invented leads; create the embedded database if it does not exist."""
    progress = LoadProgress(count)
    leads_of = MARKETS[market] if market else MIXED
    async with open_database(settings, may_create=True) as store:
        key = None
        if account is not None:
            owner = await require_account(store, account)
        else:
            pepper = await pepper_of(settings, store)
            owner, key = await add_account_with_key(store, "demo", "demo", pepper, **leads_of.options)
        await add_keys(store, owner.id, owner.language, clock())
        await store.leads.load(progress.track(year(seed, count, owner.id, clock(), leads_of)))
    value = {"account": owner.id, "key": key, "leads": progress.leads, "changes": progress.changes}
    return Result(value, _summary(owner.id, key, progress))


class LoadProgress:
    """Counts the loaded leads, and shows a progress bar on a terminal."""

    def __init__(self, count: int) -> None:
        self._count = count
        self.leads = 0
        self.changes = 0
        self.first_ms = self.last_ms = 0

    def track(self, histories: Iterator[History]) -> Iterator[History]:
        columns = TextColumn("leads"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn()
        with Progress(*columns, console=Console(stderr=True), transient=True, disable=not sys.stderr.isatty()) as bar:
            task = bar.add_task("leads", total=self._count)
            for history in histories:
                yield history
                self._note(history)
                bar.update(task, completed=self.leads)

    def _note(self, history: History) -> None:
        self.leads += 1
        self.changes += len(history)
        self.first_ms = self.first_ms or history[0].change.at_ms
        self.last_ms = max(self.last_ms, history[-1].change.at_ms)


def _summary(account_id: str, key: str | None, progress: LoadProgress) -> str:
    period = f"{moment(progress.first_ms)} to {moment(progress.last_ms)}"
    url = f"http://{DEFAULTS.host}:{DEFAULTS.port}/v1/account/{account_id}/lead?pageSize=5"
    key_line = "" if key is None else f"its API key is shown only once, keep it safe: {key}\n"
    return f"""\
filled the account {account_id}
{key_line}{progress.leads} leads with {progress.changes} changes, {period}

list the newest, once `leadloop serve` runs:
  curl -s '{url}' -H 'X-API-Key: {key or "KEY"}'"""
