"""What all kinds of webhooks need: the receiver's process, and what came of a turn."""

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
"""What `--kind webhooks` stands for: a backlog, with 64 deliveries under way at most and with 8, an endpoint's default;
then changes at a steady pace, half the rate of the first one, and half of what one core is to do at least.
"""
BACKLOG_PER_SECOND = 2_000
"""How many deliveries are drained, for each second of a turn."""
PATHS = ("/one", "/two")
"""Of the receiver: an endpoint each."""
POLL_SECONDS = 0.02
NOTICED_SECONDS = 2.0
"""The worker reads its endpoints once a second."""
STALL_SECONDS = 60.0


class Counted(NamedTuple):
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

    def counted(self) -> Counted:
        return Counted(**ask(self.url, "GET", "/count"))

    def arrivals(self) -> Mapping[str, int]:
        """By path, lead id and version: when it first came."""
        return dict(ask(self.url, "GET", "/arrivals"))

    def until(self, wanted: Callable[[], int]) -> Counted:
        """Once just so many have come. Raises `BadRun` when no more come, or one came twice."""
        had, since = -1, time.monotonic()
        while (found := self.counted()).distinct != wanted():
            if found.distinct > had:
                had, since = found.distinct, time.monotonic()
            elif time.monotonic() > since + STALL_SECONDS:
                raise BadRun(f"{had} deliveries have come, which should be {wanted()}")
            time.sleep(POLL_SECONDS)
        if found.repeats:
            raise BadRun(f"{found.repeats} deliveries came twice")
        return found

    def check_signature(self, *secrets: str) -> None:
        """Of the first delivery, whichever endpoint it was to. Raises `BadRun`."""
        head, body = (base64.b64decode(part) for part in ask(self.url, "GET", "/first"))
        lines = [line.partition(": ") for line in head.decode().split("\r\n")]
        told = {name.lower(): text for name, _, text in lines}
        at_ms = int(told["webhook-timestamp"]) * 1_000
        right = [sign.headers(told["webhook-id"], at_ms, body, [secret])["webhook-signature"] for secret in secrets]
        if told["webhook-signature"] not in right:
            raise BadRun("the deliveries are not signed as they should be")


def in_flight(kind: str) -> int:
    """Deliveries under way at most."""
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
    """A turn: `send` lets the backlog be sent; `change` makes so many changes at so many a second, and tells by lead id
    and version when each was answered."""
    if kind in STEADY:
        per_second = pace(kind, drained_per_second)
        committed = change(round(per_second * seconds), per_second)
        counted = receiver.until(lambda: len(committed))
        return delayed(counted, receiver.arrivals(), committed)
    send()
    return drained(receiver.until(lambda: backlog(seconds)))


def drained(counted: Counted) -> Load:
    """The rate from the first arrival to the last."""
    return Load(counted.distinct, (counted.last_ns - counted.first_ns) / 1e9, 0, None, None)


def delayed(counted: Counted, arrivals: Mapping[str, int], committed: Mapping[str, int]) -> Load:
    """With how long each took from when its change was answered; what came before that took no time."""
    delays_ms = sorted(max(0, arrivals[f"{PATHS[0]} {key}"] - at_ns) / 1e6 for key, at_ns in committed.items())
    seconds = (counted.last_ns - counted.first_ns) / 1e9
    return Load(counted.distinct, seconds, 0, percentile(delays_ms, 50), percentile(delays_ms, 99))
