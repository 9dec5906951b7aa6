"""The common parts of all kinds of webhooks: the receiver's process, and the result of a turn."""

import base64
import subprocess
import sys
import time
from collections.abc import Callable, Mapping
from typing import NamedTuple

from bench.contenders.contender import BENCH, ask
from bench.load import BadRun, Load
from bench.stats import percentile
from leadloop.webhooks import sign

DRAINS, STEADY = ("drain", "drain-8"), ("steady", "steady-750")
WEBHOOKS = (*DRAINS, *STEADY)
"""The kinds of `--kind webhooks`: a backlog with at most 64 deliveries in flight, and with 8, an endpoint's default;
then changes at a steady pace, half the rate of the first kind, and half of the aim for one core.
"""
BACKLOG_PER_SECOND = 2_000
"""Deliveries of a backlog, for each second of a turn."""
PATHS = ("/one", "/two")
"""Paths of the receiver, one for each endpoint."""
POLL_SECONDS = 0.02
NOTICED_SECONDS = 2.0
"""The worker reloads its endpoints once a second."""
STALL_SECONDS = 60.0


class ArrivalCounts(NamedTuple):
    distinct: int
    repeats: int
    refused: int
    first_ns: int
    last_ns: int


class Receiver:
    def __init__(self) -> None:
        self._process: subprocess.Popen[str] | None = None
        self.url = ""

    def start(self) -> None:
        if self._process is None:
            command = [sys.executable, "-m", "bench.webhooks_receiver"]
            self._process = subprocess.Popen(command, cwd=BENCH.parent, stdout=subprocess.PIPE, text=True)
            assert self._process.stdout is not None
            self.url = self._process.stdout.readline().strip()

    def stop(self) -> None:
        if self._process is not None:
            self._process.kill()
            self._process.communicate()
            self._process = None

    def reset(self) -> None:
        self.start()
        ask(self.url, "GET", "/reset")

    def counts(self) -> ArrivalCounts:
        return ArrivalCounts(**ask(self.url, "GET", "/count"))

    def arrivals(self) -> Mapping[str, int]:
        """The time of the first arrival by path, lead id and version."""
        return dict(ask(self.url, "GET", "/arrivals"))

    def until(self, expected: Callable[[], int]) -> ArrivalCounts:
        """Waits for exactly `expected()` deliveries. Raises `BadRun` when no more arrive, or one arrived twice."""
        arrived, since = -1, time.monotonic()
        while (counts := self.counts()).distinct != expected():
            if counts.distinct > arrived:
                arrived, since = counts.distinct, time.monotonic()
            elif time.monotonic() > since + STALL_SECONDS:
                raise BadRun(f"{arrived} deliveries arrived, expected {expected()}")
            time.sleep(POLL_SECONDS)
        if counts.repeats:
            raise BadRun(f"{counts.repeats} deliveries arrived twice")
        return counts

    def check_signature(self, *secrets: str) -> None:
        """Checks the signature of the first delivery, to either endpoint. Raises `BadRun`."""
        head, body = (base64.b64decode(part) for part in ask(self.url, "GET", "/first"))
        lines = [line.partition(": ") for line in head.decode().split("\r\n")]
        headers = {name.lower(): text for name, _, text in lines}
        at_ms = int(headers["webhook-timestamp"]) * 1_000
        valid = [sign.headers(headers["webhook-id"], at_ms, body, [secret])["webhook-signature"] for secret in secrets]
        if headers["webhook-signature"] not in valid:
            raise BadRun("the deliveries are not signed correctly")


def in_flight(kind: str) -> int:
    """The largest number of deliveries in flight."""
    return 8 if kind == "drain-8" else 64


def backlog(seconds: float) -> int:
    return round(BACKLOG_PER_SECOND * seconds)


def pace(kind: str, drained_per_second: float) -> float:
    """Changes a second."""
    return drained_per_second / 2 if kind == "steady" else 750.0


def measure(
    receiver: Receiver,
    kind: str,
    seconds: float,
    drained_per_second: float,
    send: Callable[[], None],
    change: Callable[[int, float], Mapping[str, int]],
) -> Load:
    """Measures a turn: `send` starts the delivery of the backlog; `change` makes changes at a rate, and returns by lead
    id and version when each was answered."""
    if kind in STEADY:
        per_second = pace(kind, drained_per_second)
        committed = change(round(per_second * seconds), per_second)
        counts = receiver.until(lambda: len(committed))
        return delay_result(counts, receiver.arrivals(), committed)
    send()
    return drain_result(receiver.until(lambda: backlog(seconds)))


def drain_result(counts: ArrivalCounts) -> Load:
    """The result of a backlog: the rate from the first arrival to the last."""
    return Load(counts.distinct, (counts.last_ns - counts.first_ns) / 1e9, 0, None, None)


def delay_result(counts: ArrivalCounts, arrivals: Mapping[str, int], committed: Mapping[str, int]) -> Load:
    """The result of steady changes: delays from the answer of a change to its arrival, 0 if it arrived before."""
    delays_ms = sorted(max(0, arrivals[f"{PATHS[0]} {key}"] - at_ns) / 1e6 for key, at_ns in committed.items())
    seconds = (counts.last_ns - counts.first_ns) / 1e9
    return Load(counts.distinct, seconds, 0, percentile(delays_ms, 50), percentile(delays_ms, 99))
