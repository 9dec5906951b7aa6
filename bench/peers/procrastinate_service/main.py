# mypy: ignore-errors
"""Webhooks as a PostgreSQL job queue sends them: procrastinate, one worker process, aiohttp, Standard Webhooks.

`main.py schema` makes the tables. `main.py defer FILE START COUNT PER_SECOND` queues jobs, with the lines of FILE as
bodies, and prints when each was committed. `main.py work CONCURRENCY` starts at a line on its standard input.
"""

import asyncio
import base64
import hmac
import itertools
import json
import logging
import os
import sys
import time
from pathlib import Path

import aiohttp
import uvloop
from procrastinate import App, PsycopgConnector, RetryStrategy

CONNECTIONS = 16
QUEUEING = 8
logging.getLogger("procrastinate").setLevel(logging.ERROR)
app = App(connector=PsycopgConnector(conninfo=os.environ["BENCH_DATABASE"], min_size=4, max_size=CONNECTIONS))
session: aiohttp.ClientSession


@app.task(queue="webhooks", name="deliver", retry=RetryStrategy(max_attempts=10, exponential_wait=5))
async def deliver(event_id: str, body: str) -> None:
    raw, at_s = body.encode(), str(int(time.time()))
    key = base64.b64decode(os.environ["BENCH_SECRET"].removeprefix("whsec_"))
    signature = hmac.digest(key, b".".join((event_id.encode(), at_s.encode(), raw)), "sha256")
    headers = {
        "Content-Type": "application/json",
        "webhook-id": event_id,
        "webhook-timestamp": at_s,
        "webhook-signature": f"v1,{base64.b64encode(signature).decode()}",
    }
    async with session.post(os.environ["BENCH_URL"], data=raw, headers=headers, allow_redirects=False) as response:
        await response.read()
        response.raise_for_status()


async def work(concurrency: int) -> None:
    global session
    timeout = aiohttp.ClientTimeout(total=15)
    async with (
        app.open_async(),
        aiohttp.ClientSession(timeout=timeout, connector=aiohttp.TCPConnector(limit=concurrency)) as session,
    ):
        print("ready", flush=True)
        await asyncio.to_thread(sys.stdin.readline)
        await app.run_worker_async(queues=["webhooks"], concurrency=concurrency)


async def defer(jobs: list[dict[str, str]], start: int, count: int, per_second: float) -> None:
    """Queues the jobs from number `start`, at a steady pace or, with 0, as fast as possible."""
    numbers, began_s, committed = itertools.count(), time.monotonic(), {}

    async def queue_jobs() -> None:
        while (n := next(numbers)) < count:
            if per_second and (early_s := began_s + n / per_second - time.monotonic()) > 0:
                await asyncio.sleep(early_s)
            lap, place = divmod(start + n, len(jobs))
            lead, version = jobs[place]["lead"], 1_000 + lap
            body = jobs[place]["body"].replace('"version":0', f'"version":{version}', 1)
            await deliver.configure(lock=lead).defer_async(event_id=f"evt_{start + n:036}", body=body)
            committed[f"{lead} {version}"] = time.monotonic_ns()

    async with app.open_async():
        await asyncio.gather(*(queue_jobs() for _ in range(QUEUEING)))
    print(json.dumps(committed))


async def schema() -> None:
    async with app.open_async():
        await app.schema_manager.apply_schema_async()


if __name__ == "__main__":
    match sys.argv[1:]:
        case ["schema"]:
            uvloop.run(schema())
        case ["work", concurrency]:
            uvloop.run(work(int(concurrency)))
        case ["defer", file, start, count, per_second]:
            jobs = [json.loads(line) for line in Path(file).read_text().splitlines()]
            uvloop.run(defer(jobs, int(start), int(count), float(per_second)))
