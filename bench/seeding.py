"""Fills an empty leadloop database with the benchmark's leads, before its server starts.

`python -m bench.seeding DATABASE FILE COUNT` does it with the leadloop that Python finds; it prints the ids.
"""

import asyncio
import sys
from collections.abc import Iterable, Iterator
from pathlib import Path

from bench.leads import ACCOUNT, END_MS, histories_of
from leadloop.app import open_store
from leadloop.core.accounts import Account
from leadloop.core.writes.unit import History
from leadloop.settings import DatabaseSettings


def fill(database: str, histories: Iterable[History]) -> list[str]:
    """Makes the leads' account and loads them; their ids, in the same order."""
    return asyncio.run(_fill(database, histories))


async def _fill(database: str, histories: Iterable[History]) -> list[str]:
    store = open_store(DatabaseSettings(database=database))
    await store.open()
    try:
        await store.accounts.add(Account(id=ACCOUNT, name="bench", created_at_ms=END_MS))
        ids: list[str] = []
        await store.leads.load(_noting(histories, ids))
        return ids
    finally:
        await store.close()


def _noting(histories: Iterable[History], ids: list[str]) -> Iterator[History]:
    for history in histories:
        ids.append(history[-1].lead.id)
        yield history


def main() -> None:
    database, file, count = sys.argv[1:]
    print("\n".join(fill(database, histories_of(Path(file), int(count)))))


if __name__ == "__main__":
    main()
