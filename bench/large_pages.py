"""What the largest page of a list costs: bytes, the server's CPU time and memory, in the leadloop of any tree.

The leads are near their limit of 256 KiB; both dialects are asked for as many as they give at once.
"""

import argparse
import asyncio
import http.client
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

from bench import process
from bench.long_histories import Client, Server, client_of, serving
from leadloop.app import open_store
from leadloop.core.ids import new_id, stamp
from leadloop.core.leads.model import blank_lead
from leadloop.core.leads.patch import LeadPatch
from leadloop.core.writes import use_cases
from leadloop.core.writes.unit import Saved
from leadloop.settings import Settings

START_MS = 1_767_225_600_000
TEXT = "x" * 62_000
MIB = 1024 * 1024
SETTLED_S = 2.0


def leads(account_id: str, count: int) -> Iterator[Saved]:
    for number in range(count):
        lead = blank_lead(account_id, new_id(START_MS + number), START_MS + number)
        notes = [{"id": f"n{n}", "text": TEXT} for n in range(2)]
        activities = [{"id": f"a{n}", "description": TEXT} for n in range(2)]
        patch = LeadPatch(name="Ana", notes=notes, activities=activities)
        saved = use_cases.change(lead, patch, stamp(START_MS + number, f"req_{number}", "system", "cli"))
        assert saved is not None
        yield saved


def fill(database: Path, account_id: str, count: int) -> None:
    async def run() -> None:
        store = open_store(Settings(database=str(database)))
        await store.open()
        await store.leads.load([saved] for saved in leads(account_id, count))
        await store.close()

    asyncio.run(run())


def measure(server: Server, client: Client, name: str, path: str) -> None:
    """Memory is counted from what the server had before; `left` is that of some seconds later."""
    pid = server.process.pid
    before = process.memory(pid).share
    process.forget_peak(pid)
    cpu, began = process.cpu_seconds(pid), time.perf_counter()
    connection = http.client.HTTPConnection("127.0.0.1", client.port, timeout=120)
    connection.request("GET", path, None, {"X-API-Key": client.key})
    answer = connection.getresponse()
    size = len(answer.read())
    seconds, used = time.perf_counter() - began, process.cpu_seconds(pid) - cpu
    peak = process.memory(pid).peak - before
    connection.close()
    time.sleep(SETTLED_S)
    left = process.memory(pid).share - before
    print(f"| {name} | {size / MIB:.1f} | {used:.2f} | {seconds:.2f} | {peak // MIB} | {left // MIB} |", flush=True)


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m bench.large_pages", description=__doc__)
    parser.add_argument("--leads", type=int, default=600)
    parser.add_argument("--against", type=Path, default=Path(), help="measure the leadloop of another tree")
    options = parser.parse_args()
    print("| page | MiB | CPU s | seconds | more memory at most, MiB | left, MiB |\n|---|---|---|---|---|---|")
    tree = options.against.resolve()
    with tempfile.TemporaryDirectory() as folder, serving(tree, Path(folder) / "leads.db") as server:
        client = client_of(server, "large")
        fill(server.database, client.account, options.leads)
        client.ask("GET", f"{client.lead()}?pageSize=2")
        measure(server, client, "Expad, 500 leads", f"{client.lead()}?pageSize=500")
        measure(server, client, "LeadSail, 100 leads", "/api/v1/leads?limit=100")
        measure(server, client, "changes, 1,000 with full values", "/api/v1/changes?limit=1000&full=true")


if __name__ == "__main__":
    main()
