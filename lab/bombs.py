"""A leadloop for the campaigns with large requests: `python bombs.py DEFECT serve …`; DEFECT `none` changes nothing.

On exit it prints how many large records the event loop folded.
"""

import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any
from unittest.mock import patch

from leadloop import cli
from leadloop.api import pages, queues
from leadloop.core import threads
from leadloop.core.changes import Change
from leadloop.core.leads.fold import Folding, Unfolding
from leadloop.storage import deadlines
from leadloop.storage.postgres import lead_views
from leadloop.storage.sqlite import database, engine

NONE, FOLDS_ON_THE_LOOP, UNBOUNDED_PAGES = "none", "folds-on-the-loop", "unbounded-pages"
IMPATIENT, ONE_AT_ONCE = "impatient", "one-at-once"
"""A server whose long reads time out at once, and one that holds one large answer of a key at a time."""
FOLDED = "large records folded on the event loop:"
LARGE = threads.SMALL
ANY = 2**62


def command(defect: str = NONE) -> tuple[str, ...]:
    """For `Leadloop(command=…)`."""
    return (str(Path(__file__).resolve()), defect)


def folded_count(output: str) -> int:
    """Parses the number in the output of a stopped server."""
    return int(output.rpartition(FOLDED)[2].split()[0])


PATCHES: dict[str, list[tuple[Any, str, Any]]] = {
    NONE: [],
    FOLDS_ON_THE_LOOP: [(threads, "SMALL", ANY)],
    UNBOUNDED_PAGES: [(pages, "PAGE_LIMIT_BYTES", ANY), (queues, "UNREAD_AT_ONCE", 1_000)],
    IMPATIENT: [
        *((module, "LONGEST_S", 0.0) for module in (deadlines, database, lead_views)),
        (engine, "STEPS", 1),
    ],
    ONE_AT_ONCE: [(queues, "UNREAD_AT_ONCE", 1), (queues, "UNREAD_WAIT_S", 0.1)],
}


@contextmanager
def counting() -> Iterator[list[int]]:
    """Yields the sizes of the large records that the main thread, which runs the event loop, folds or undoes."""
    sizes: list[int] = []

    def watch(real: Callable[[Any, Change], None]) -> Callable[[Any, Change], None]:
        def step(folding: Any, change: Change) -> None:
            if len(change.fields) > LARGE and threading.current_thread() is threading.main_thread():
                sizes.append(len(change.fields))
            real(folding, change)

        return step

    with (
        patch.object(Folding, "apply", watch(Folding.apply)),
        patch.object(Unfolding, "undo", watch(Unfolding.undo)),
    ):
        yield sizes


def main() -> None:
    defect = sys.argv.pop(1)
    with ExitStack() as planted, counting() as sizes:
        for module, name, value in PATCHES[defect]:
            planted.enter_context(patch.object(module, name, value))
        try:
            cli.main()
        finally:
            print(FOLDED, len(sizes), flush=True)


if __name__ == "__main__":
    main()
