"""Checks the deliveries of a load once the queue is empty."""

from collections.abc import Collection, Iterable

from lab.databases import fetch
from proof.follower_load import Writers
from proof.webhooks_ledger import DeliveryLedger
from proof.webhooks_processes import wait_until_delivered
from proof.webhooks_receiver import Receiver

VERSIONS = "SELECT id, version FROM leads"
DRAIN_S = 150.0
"""Much longer than a lease."""


async def drain(
    database: str, ledger: DeliveryLedger, receiver: Receiver, endpoints: Collection[str], load: Iterable[Writers]
) -> list[str]:
    """Waits until no delivery is pending; returns the problems that are new since the last call."""
    problems = (
        [] if await wait_until_delivered(database, DRAIN_S) else [f"deliveries are pending after {DRAIN_S:.0f} s"]
    )
    problems += ledger.judge(receiver.new_arrivals()) + receiver.problems
    receiver.problems = []
    versions: dict[str, int] = dict(await fetch(database, VERSIONS))
    problems += ledger.missing(versions, endpoints)
    for writers in load:
        problems += writers.problems
        writers.problems = []
        for lead, version in writers.acknowledged:
            if version > versions.get(lead.removeprefix("lead_"), 0):
                problems.append(f"acknowledged version {version} of {lead} is lost")
    return problems
