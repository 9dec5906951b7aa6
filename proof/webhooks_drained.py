"""What must have come of a load with webhooks when everything is delivered."""

from collections.abc import Collection, Iterable

from lab.databases import fetch
from proof.follower_load import Writers
from proof.webhooks_receiver import Receiver
from proof.webhooks_serving import settled
from proof.webhooks_told import Told

VERSIONS = "SELECT id, version FROM leads"
DRAIN_S = 150.0
"""Much longer than a lease."""


async def drained(
    database: str, told: Told, receiver: Receiver, endpoints: Collection[str], load: Iterable[Writers]
) -> list[str]:
    """Waits until nothing is on its way; what is wrong then that was not said before."""
    problems = [] if await settled(database, DRAIN_S) else [f"something is on its way after {DRAIN_S:.0f} s"]
    problems += told.judge(receiver.new_arrivals()) + receiver.problems
    receiver.problems = []
    versions: dict[str, int] = dict(await fetch(database, VERSIONS))
    problems += told.missing(versions, endpoints)
    for writers in load:
        problems += writers.problems
        writers.problems = []
        for lead, version in writers.acknowledged:
            if version > versions.get(lead.removeprefix("lead_"), 0):
                problems.append(f"acknowledged version {version} of {lead} is lost")
    return problems
