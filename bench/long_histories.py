"""The cost of a lead with a long history for the server, and for other accounts meanwhile.

Each version of the lead changes all of its answers. For a PATCH against a base version, a read as of the version before
the last, and a replay of the log to a webhook endpoint, it measures the duration, the server's CPU time, and the 99th
percentile of another account's PATCHes meanwhile, beside that of the idle server.
"""

import argparse
import tempfile
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

from bench.contenders.leadloop_webhooks import SCOPES, SERVE
from lab import process, stores
from lab.receiver import receiving
from lab.source_tree import Key, SourceTree, parse_tree

PAUSE_S = 0.01
"""Pause between two PATCHes of the other account."""
IDLE_S = 3.0
LONGEST_S = 150.0


class Figures(NamedTuple):
    seconds: float
    cpu_s: float
    p99_ms: float
    longest_ms: float


def measure_beside(pid: int, other: Key, work: Callable[[], Any]) -> Figures:
    """Runs `work` while the other account repeatedly patches its own lead."""
    lead_id = other.ask("POST", other.lead(), {"name": "Ana"})["leadId"]
    done, times = threading.Event(), list[float]()

    def patch() -> None:
        while not done.is_set() or not times:
            began = time.perf_counter()
            other.ask("PATCH", other.lead(lead_id), {"name": f"Ana {len(times)}"})
            times.append(1_000 * (time.perf_counter() - began))
            time.sleep(PAUSE_S)

    thread = threading.Thread(target=patch)
    cpu, began = process.cpu_seconds(pid), time.perf_counter()
    thread.start()
    try:
        work()
    finally:
        seconds, used = time.perf_counter() - began, process.cpu_seconds(pid) - cpu
        done.set()
        thread.join()
    times.sort()
    return Figures(seconds, used, times[int(0.99 * (len(times) - 1))], times[-1])


def replay(key: Key, versions: int) -> None:
    """Replays the log to a new endpoint until each change has arrived. Raises `AssertionError` on a timeout."""
    with receiving() as receiver:
        hooks = "/api/v1/webhooks"
        endpoint = key.ask("POST", hooks, {"url": receiver.url, "body": "expad"})["data"]["id"]
        key.ask("POST", f"{hooks}/{endpoint}/replay", {"since": "2020-01-01T00:00:00Z"})
        try:
            receiver.until(lambda got: len(got) >= versions)
        finally:
            key.ask("DELETE", f"{hooks}/{endpoint}")


def measure(tree: Path, versions: int, items: int, what: list[str]) -> None:
    with tempfile.TemporaryDirectory() as folder:
        leadloop = SourceTree(tree, str(Path(folder) / "leads.db"))
        leadloop.run("leadloop", "migrate")
        with leadloop.serving(*SERVE) as (url, pid):
            accounts = [leadloop.new_account(name) for name in ("large", "other")]
            key, other = (Key(url, account, leadloop.new_key(account, "--scopes", SCOPES)) for account in accounts)
            history = stores.long_history(key.account, versions, items)
            stores.load(leadloop.database, [history])
            lead = key.lead(history[-1].lead.id)
            base = {"Leadloop-Base-Version": "2" if versions > 2 else "1"}
            works: dict[str, Callable[[], Any]] = {
                "idle": lambda: time.sleep(IDLE_S),
                "base": lambda: key.ask("PATCH", lead, {}, **base),
                "asOf": lambda: key.ask("GET", f"{lead}?asOf={versions - 1}"),
                "replay": lambda: replay(key, versions),
            }
            for name in what:
                print(f"| {versions} | {name} | {_figures(pid, other, works[name])} |", flush=True)


def _figures(pid: int, other: Key, work: Callable[[], Any]) -> str:
    try:
        measured = measure_beside(pid, other, work)
    except (AssertionError, TimeoutError):
        return f"over {LONGEST_S:.0f} s | | |"
    return f"{measured.seconds:.2f} | {measured.cpu_s:.2f} | {measured.p99_ms:.0f} | {measured.longest_ms:.0f}"


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m bench.long_histories", description=__doc__)
    parser.add_argument("--versions", default="10,100,1000")
    parser.add_argument("--items", type=int, default=1_000)
    parser.add_argument("--what", default="idle,base,asOf,replay")
    parser.add_argument("--against", type=parse_tree, default=Path().resolve(), help="the leadloop of another tree")
    options = parser.parse_args()
    print("| versions | request | seconds | CPU s | other account's p99 ms | longest ms |\n|---|---|---|---|---|---|")
    for versions in map(int, options.versions.split(",")):
        measure(options.against, versions, options.items, options.what.split(","))


if __name__ == "__main__":
    main()
