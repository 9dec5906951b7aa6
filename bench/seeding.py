"""Fills an empty leadloop database with the benchmark's leads, before its server starts.

`python -m bench.seeding DATABASE FILE COUNT` does it with the leadloop that Python finds; it prints the ids.
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
    """Makes the leads' account and loads them; their ids, in the same order."""
    ids: list[str] = []

    async def run(store: Store) -> list[str]:
        await store.accounts.add(Account(id=ACCOUNT, name="bench", created_at_ms=END_MS))
        await store.leads.load(_noting(histories, ids))
        return ids

    return with_store(database, run)


def _noting(histories: Iterable[History], ids: list[str]) -> Iterator[History]:
    for history in histories:
        ids.append(history[-1].lead.id)
        yield history


def main() -> None:
    database, file, count = sys.argv[1:]
    print("\n".join(fill(database, histories_of(Path(file), int(count)))))


if __name__ == "__main__":
    main()
