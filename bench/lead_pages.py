"""The dashboard's page of a lead with 10 and with 2,000 changes, and the parts of it that load later, on SQLite."""

import argparse
import statistics
import tempfile
import time

import httpx

from lab.leads import long_history
from lab.server import Leadloop, running
from lab.site import Site, now_ms
from lab.stores import with_store
from leadloop.core.people.roles import Role
from leadloop.core.store import Store

VERSIONS = (10, 2_000)
PARTS = {"page": "", "fields": "/facts", "why": "/why"}


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m bench.lead_pages", description=__doc__)
    parser.add_argument("--requests", type=int, default=15, help="requests of each kind (15)")
    options = parser.parse_args()
    print("| part | 10 changes, ms | 2,000 changes, ms |\n| --- | ---: | ---: |")
    with tempfile.TemporaryDirectory() as folder, running(Leadloop("sqlite", f"{folder}/leads.db")) as server:
        site = Site(server, leads=1)
        account_id = site.add_account("Long")
        owner = site.add_person(account_id, "Olga Prado", Role.OWNER)
        histories = [long_history(account_id, versions, now_ms()) for versions in VERSIONS]

        async def load(store: Store) -> None:
            await store.leads.load(histories)

        with_store(server.database, load)
        with site.http(site.sign_in(owner.email)) as http:
            for name, part in PARTS.items():
                paths = [f"/app/{account_id}/leads/{history[-1].lead.id}{part}" for history in histories]
                times = [_milliseconds(http, path, options.requests) for path in paths]
                print(f"| {name} | {times[0]:.1f} | {times[1]:.1f} |", flush=True)


def _milliseconds(http: httpx.Client, path: str, count: int) -> float:
    """The median time until the answer is there."""
    times = []
    for _ in range(count):
        began = time.perf_counter()
        assert http.get(path).status_code == 200
        times.append((time.perf_counter() - began) * 1_000)
    return statistics.median(times)


if __name__ == "__main__":
    main()
