"""A process that follows the change feed over HTTP and keeps a journal, from which it resumes after a restart.

`LEADLOOP_KEY=… python -m proof.follower_process URL JOURNAL SEED [time]`. With `time` it pages by timestamp instead
of by cursor: the planted defect of the campaign follower.
"""

import os
import random
import sys
import time
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import httpx
import msgspec
from msgspec import Struct, field

PATH = "/api/v1/changes"
BY_TIME = "time"
LONGEST_PAGE = 40
LONGEST_WAIT_S = 2
PAUSE_S = 0.05
TIMEOUT_S = 30.0


class Entry(Struct):
    """One line of the journal: the changes of a page and the cursor after them. An incomplete line does not count."""

    cursor: str | None = None
    at: str = ""
    """The time of the newest record so far."""
    changes: list[dict[str, Any]] = field(default_factory=list)


def entries(journal: Path) -> Iterator[Entry]:
    """The complete lines."""
    if journal.exists():
        for line in journal.read_bytes().splitlines(keepends=True):
            if line.endswith(b"\n"):
                yield msgspec.json.decode(line, type=Entry)


def follow(http: httpx.Client, journal: Path, chance: random.Random, by_time: bool) -> None:
    """Never returns. Raises `RuntimeError` on any answer but a page and 503."""
    last = _last(entries(journal))
    _cut_torn_line(journal)
    with journal.open("ab", buffering=0) as file:
        while True:
            page = _page(http, last.cursor, chance)
            if page is None:
                time.sleep(PAUSE_S)
                continue
            changes = page["changes"]
            if by_time:
                changes = [change for change in changes if change["at"] > last.at]
            newest = max([last.at, *(change["at"] for change in changes)])
            last = Entry(page["nextCursor"], newest, changes)
            if page["changes"]:
                file.write(msgspec.json.encode(last) + b"\n")


def _page(http: httpx.Client, cursor: str | None, chance: random.Random) -> dict[str, Any] | None:
    """`None` when the server is unreachable or answers 503."""
    query = {"limit": str(chance.randint(1, LONGEST_PAGE)), "wait": str(chance.randint(0, LONGEST_WAIT_S))}
    try:
        answer = http.get(PATH, params=query | ({"after": cursor} if cursor else {}))
    except httpx.TransportError:
        return None
    if answer.status_code == 503:
        return None
    if answer.status_code != 200:
        raise RuntimeError(f"the feed was answered {answer.status_code}: {answer.text[:200]}")
    page: dict[str, Any] = answer.json()["data"]
    return page


def _last(journal: Iterable[Entry]) -> Entry:
    last = Entry()
    for entry in journal:
        last = entry
    return last


def _cut_torn_line(journal: Path) -> None:
    """Removes the incomplete line that a kill may leave."""
    if journal.exists():
        whole = journal.read_bytes()
        os.truncate(journal, whole.rfind(b"\n") + 1)


def main() -> None:
    url, journal, seed, *more = sys.argv[1:]
    headers = {"X-API-Key": os.environ["LEADLOOP_KEY"]}
    with httpx.Client(base_url=url, headers=headers, timeout=TIMEOUT_S) as http:
        follow(http, Path(journal), random.Random(seed), more == [BY_TIME])


if __name__ == "__main__":
    main()
