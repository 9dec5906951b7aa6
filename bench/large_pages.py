"""The cost of the largest list pages: bytes, the server's CPU time and memory, in the leadloop of any tree.

The leads are near their limit of 256 KiB; it requests the longest page of both dialects.
"""

import argparse
import http.client
import tempfile
import time
from contextlib import closing
from pathlib import Path

from lab import process, stores
from lab.source_tree import Key, SourceTree, parse_tree

MIB = 1024 * 1024
SETTLED_S = 2.0


def measure(pid: int, key: Key, name: str, path: str) -> None:
    """Memory is the growth of the server's memory; `left` is the growth some seconds later."""
    before = process.memory(pid).share
    process.forget_peak(pid)
    cpu, began = process.cpu_seconds(pid), time.perf_counter()
    with closing(http.client.HTTPConnection(key.url.removeprefix("http://"), timeout=120)) as connection:
        connection.request("GET", path, None, {"X-API-Key": key.text})
        size = len(connection.getresponse().read())
        seconds, used = time.perf_counter() - began, process.cpu_seconds(pid) - cpu
        peak = process.memory(pid).peak - before
    time.sleep(SETTLED_S)
    left = process.memory(pid).share - before
    print(f"| {name} | {size / MIB:.1f} | {used:.2f} | {seconds:.2f} | {peak // MIB} | {left // MIB} |", flush=True)


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m bench.large_pages", description=__doc__)
    parser.add_argument("--leads", type=int, default=600)
    parser.add_argument("--against", type=parse_tree, default=Path().resolve(), help="the leadloop of another tree")
    options = parser.parse_args()
    print("| page | MiB | CPU s | seconds | more memory at most, MiB | left, MiB |\n|---|---|---|---|---|---|")
    with tempfile.TemporaryDirectory() as folder:
        leadloop = SourceTree(options.against, str(Path(folder) / "leads.db"))
        leadloop.run("leadloop", "migrate")
        with leadloop.serving() as (url, pid):
            account = leadloop.new_account("large")
            key = Key(url, account, leadloop.new_key(account))
            stores.load(leadloop.database, stores.large_leads(account, options.leads))
            key.ask("GET", f"{key.lead()}?pageSize=2")
            measure(pid, key, "Expad, 500 leads", f"{key.lead()}?pageSize=500")
            measure(pid, key, "LeadSail, 100 leads", "/api/v1/leads?limit=100")
            measure(pid, key, "changes, 1,000 with full values", "/api/v1/changes?limit=1000&full=true")


if __name__ == "__main__":
    main()
