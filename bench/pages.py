"""The dashboard's page of leads beside the API's list of the same leads, in one run: the CPU time of a request.

Each round requests, in turn, the list of LeadSail, the first page and a page far down, as the owner of the account sees
them. The counts of the tabs load after the page and are not part of it.
"""

import argparse
import http.client
import os
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import closing
from pathlib import Path
from urllib.parse import urlencode, urlsplit

from bench.connections import Connection
from bench.contenders.contender import Setting
from bench.leads import ACCOUNT
from bench.reads import ENGINES
from bench.stats import Spread, ratios, spread
from lab import process
from lab.site import PASSWORD, add_person
from leadloop.core.people.roles import Role

ROWS = 50
DEEP_PAGE = 10_000
WARM = 20
"""Requests of each kind before the first round."""


class Visits:
    """One connection as a browser and as a program keep it: each request has the cookie and the API key."""

    def __init__(self, url: str, key: str, cookie: str) -> None:
        self._connection = http.client.HTTPConnection(urlsplit(url).netloc, timeout=60)
        self._headers = {"X-API-Key": key, "Cookie": cookie, "Accept": "text/html"}

    def get(self, path: str) -> bytes:
        self._connection.request("GET", path, None, self._headers)
        answer = self._connection.getresponse()
        body = answer.read()
        assert answer.status == 200, (path, answer.status, body[:300])
        return body


def sign_in(url: str, email: str) -> str:
    """The cookie of a new session."""
    with closing(http.client.HTTPConnection(urlsplit(url).netloc, timeout=60)) as connection:
        headers = {"Content-Type": "application/x-www-form-urlencoded", "Origin": url, "Sec-Fetch-Site": "same-origin"}
        connection.request("POST", "/app/sign-in", urlencode({"email": email, "password": PASSWORD}), headers)
        answer = connection.getresponse()
        answer.read()
        cookies = [value.partition(";")[0] for name, value in answer.getheaders() if name.lower() == "set-cookie"]
        assert answer.status == 303 and cookies, answer.status
        return "; ".join(cookies)


def paths(connection: Connection, leads: int) -> dict[str, str]:
    """By name. A page far down begins after the last row of the page before it, as its link does."""
    page = f"/app/{ACCOUNT}/leads"
    listed = f"FROM leads WHERE account_id = '{ACCOUNT}' AND deleted_at_ms IS NULL"
    pages = min(DEEP_PAGE, leads * 9 // 10 // ROWS)
    place = f"SELECT lead_date_ms, id {listed} ORDER BY lead_date_ms DESC, id DESC"
    ((at_ms, lead_id),) = connection.rows(f"{place} LIMIT 1 OFFSET {(pages - 1) * ROWS - 1}")
    return {
        "list of the API": f"/api/v1/leads?limit={ROWS}&sort=-date",
        "page 1": page,
        f"page {pages:,}": f"{page}?cursor=a{at_ms}-{lead_id}",
    }


def measure(pids: Sequence[int], visits: Visits, path: str, count: int) -> tuple[float, float]:
    """Microseconds of CPU, with that of PostgreSQL, and milliseconds until the answer is there, of one request."""
    cpu, begun = sum(map(process.cpu_seconds, pids)), time.perf_counter()
    for _ in range(count):
        visits.get(path)
    return (sum(map(process.cpu_seconds, pids)) - cpu) * 1e6 / count, (time.perf_counter() - begun) * 1e3 / count


def rounds(engine: str, options: argparse.Namespace, folder: Path) -> Iterator[str]:
    contender, connection_class, _ = ENGINES[engine]
    leadloop = contender(Setting(folder, 1, options.leads))
    try:
        leadloop.start()
        owner = add_person(leadloop.database, ACCOUNT, "Amanda Torres", Role.OWNER)
        connection = connection_class(leadloop.database)
        connection.settle()
        by_name = paths(connection, options.leads)
        connection.close()
        visits = Visits(leadloop.url, leadloop.key, sign_in(leadloop.url, owner.email))
        sizes = {name: len(visits.get(path)) for name, path in by_name.items()}
        for path in by_name.values():
            measure(leadloop.roots(), visits, path, WARM)
        turns: Sequence[dict[str, tuple[float, float]]] = [
            {name: measure(leadloop.roots(), visits, path, options.requests) for name, path in by_name.items()}
            for _ in range(options.rounds)
        ]
    finally:
        leadloop.stop()
    base = [turn["list of the API"][0] for turn in turns]
    for name in by_name:
        cpu = [turn[name][0] for turn in turns]
        times = [turn[name][1] for turn in turns]
        yield (
            f"| {engine}, {options.leads:,} leads | {name} | {sizes[name]:,} | {shown(spread(cpu), 0)} |"
            f" {shown(spread(times), 1)} | {shown(ratios(cpu, base), 2)}× |"
        )


def shown(values: Spread | None, digits: int) -> str:
    if values is None:
        return ""
    return f"{values.median:,.{digits}f} ({values.least:,.{digits}f}–{values.most:,.{digits}f})"


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m bench.pages", description=__doc__)
    parser.add_argument("--engines", nargs="+", choices=ENGINES, default=list(ENGINES))
    parser.add_argument("--leads", type=int, default=1_000_000)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--requests", type=int, default=50, help="requests of each kind in a round (50)")
    options = parser.parse_args()
    print("|  | request | bytes | CPU µs | ms | CPU of the list's |\n| --- | --- | ---: | ---: | ---: | ---: |")
    for engine in options.engines:
        with tempfile.TemporaryDirectory(prefix="leadloop-pages-") as folder:
            os.chmod(folder, 0o755)
            for line in rounds(engine, options, Path(folder)):
                print(line, flush=True)


if __name__ == "__main__":
    main()
