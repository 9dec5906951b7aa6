"""Fills an empty leadloop database with the benchmark's leads, before its server starts.

`python -m bench.seeding DATABASE FILE COUNT` does so with the leadloop on Python's path, and prints the ids.
"""

import sys
from collections.abc import Iterable, Iterator
from pathlib import Path

from bench.leads import ACCOUNT, END_MS, histories_of
from lab.stores import with_store
from leadloop.core.accounts import Account
from leadloop.core.store import Store
from leadloop.core.writes.unit import History


def fill(database: str, histories: Iterable[History]) -> list[str]:
    """Creates the account and loads the leads; returns their ids in order."""
    ids: list[str] = []

    async def run(store: Store) -> list[str]:
        await store.accounts.add(Account(id=ACCOUNT, name="bench", created_at_ms=END_MS))
        await store.leads.load(_record_ids(histories, ids))
        return ids

    return with_store(database, run)


def _record_ids(histories: Iterable[History], ids: list[str]) -> Iterator[History]:
    for history in histories:
        ids.append(history[-1].lead.id)
        yield history


def main() -> None:
    database, file, count = sys.argv[1:]
    print("\n".join(fill(database, histories_of(Path(file), int(count)))))


if __name__ == "__main__":
    main()
