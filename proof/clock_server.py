"""A leadloop whose clock can be set: `python -m proof.clock_server serve …`.

The environment names a file with the offset of the wall clock in seconds. The monotonic clock stays unchanged.
"""

import os
import sys
import time
from pathlib import Path
from typing import Any
from unittest.mock import patch

from leadloop import cli
from leadloop.api.guard import Guard
from proof.webhooks_server import DEFECT

COMMAND = ("-m", "proof.clock_server")
OFFSET = "PROOF_CLOCK_OFFSET"


class SteppedClock:
    def __init__(self, file: Path) -> None:
        self._file = file
        self._real = time.time_ns
        self._changed_ns, self._offset_ns = 0, 0

    def time_ns(self) -> int:
        if (changed_ns := self._file.stat().st_mtime_ns) != self._changed_ns:
            self._offset_ns = int(self._file.read_text()) * 1_000_000_000
            self._changed_ns = changed_ns
        return self._real() + self._offset_ns

    def time(self) -> float:
        return self.time_ns() / 1e9


def expire_keys_by_wall_clock(clock: SteppedClock) -> None:
    """The cache of keys takes the age of its entries from the wall clock."""
    real = Guard.__init__

    def init(guard: Guard, store: Any, now: Any, pepper: bytes) -> None:
        real(guard, store, now, pepper, clock.time)

    patch.object(Guard, "__init__", init).start()


if __name__ in ("__main__", "__mp_main__"):
    stepped = SteppedClock(Path(os.environ[OFFSET]))
    if os.environ[DEFECT]:
        expire_keys_by_wall_clock(stepped)
    patch.object(time, "time_ns", stepped.time_ns).start()
    patch.object(time, "time", stepped.time).start()
if __name__ == "__main__":
    sys.exit(cli.main())
