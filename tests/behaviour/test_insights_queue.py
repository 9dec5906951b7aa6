"""Whose turn it is: an account waits for itself, and not without end."""

import asyncio
from concurrent.futures import ThreadPoolExecutor

import httpx
import pytest

from lab.server import Client, Leadloop
from leadloop.api.errors import ApiError
from leadloop.api.queues import INSIGHTS_MOST_WAITING, insights_queue

pytestmark = pytest.mark.slow

JANUARY = {"from": "2026-01-01", "to": "2026-02-01"}
JAN_1 = 1_767_225_600_000


def test_an_account_computes_one_at_a_time_and_delays_no_other() -> None:
    async def run() -> None:
        queue, release, begun = insights_queue(), asyncio.Event(), list[str]()

        async def ask(account_id: str) -> None:
            async with queue.slot(account_id):
                begun.append(account_id)
                await release.wait()

        waiting = [asyncio.create_task(ask("greedy")) for _ in range(1 + INSIGHTS_MOST_WAITING)]
        await asyncio.sleep(0)
        with pytest.raises(ApiError) as refused:
            await ask("greedy")
        assert refused.value.status == 503 and int(refused.value.headers["Retry-After"]) > 0
        waiting.append(asyncio.create_task(ask("modest")))
        await asyncio.sleep(0)
        assert begun == ["greedy", "modest"]
        waiting.pop(1).cancel()
        await asyncio.sleep(0)
        waiting.append(asyncio.create_task(ask("greedy")))
        await asyncio.sleep(0)
        release.set()
        await asyncio.gather(*waiting)
        assert begun == ["greedy", "modest"] + ["greedy"] * INSIGHTS_MOST_WAITING

    asyncio.run(run())


def test_too_many_at_once_are_refused_with_retry_after(client: Client, server: Leadloop) -> None:
    for n in range(12):
        client.new_lead(leadDate=JAN_1, utmSource=f"s{n}", tags=[{"name": f"t{tag}"} for tag in range(1_000)])

    def ask(by: str) -> httpx.Response:
        return client.leadsail("GET", "insights", params={**JANUARY, "groupBy": by})

    other = server.client()
    with ThreadPoolExecutor(30) as threads:
        futures = [threads.submit(ask, "tag,utm_source") for _ in range(30)]
        assert other.leadsail("GET", "insights", params=JANUARY).status_code == 200
        answers = [future.result() for future in futures]
    other.close()
    refused = [answer for answer in answers if answer.status_code != 200]
    assert 0 < len(refused) < 30
    for answer in refused:
        assert answer.status_code == 503 and int(answer.headers["Retry-After"]) > 0
        assert answer.json()["error"]["code"] == "UNAVAILABLE"
    assert ask("tag").status_code == 200
