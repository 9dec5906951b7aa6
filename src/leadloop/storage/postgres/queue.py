"""Units that wait to be written together, and which of them make the next group."""

from collections import deque

from msgspec import Struct, field

from leadloop.storage.postgres.batch import Job, LeadKey

GROUP = 64
"""Most units in one group."""
BACKLOG = 16
"""A second group takes off when so many wait: 32 connections got 9 to 17 % more done than with 65, at the same CPU a
unit; from 8 on groups are smaller and each unit costs more."""


class WriteQueue(Struct, eq=False):
    """Usually one of its groups is in the air, so that the next one grows meanwhile; on a backlog a second
    one joins it, with other leads."""

    waiting: deque[Job] = field(default_factory=deque)
    batches_in_flight: int = 0
    in_flight: set[LeadKey] = field(default_factory=set)
    stuck: bool = False
    """All that waits is for leads in the air."""

    @property
    def idle(self) -> bool:
        return not self.waiting and not self.batches_in_flight

    def ready(self) -> bool:
        backlog = len(self.waiting) >= BACKLOG and not self.stuck
        return bool(self.waiting) and (not self.batches_in_flight or backlog)

    def next_batch(self) -> list[Job]:
        """The next group, in the order of arrival, without the leads that are in the air; empty if there is none.

        A unit that asks for more than its lead must be the first of that lead: what it asks for is read once.
        """
        jobs: list[Job] = []
        passed: list[Job] = []
        held, taken = set(self.in_flight), set[LeadKey]()
        while self.waiting and len(jobs) < GROUP:
            job = self.waiting.popleft()
            if job.future.done():
                continue  # its caller has gone away
            key, unit = job.lead_key, job.unit
            if key in taken and (unit.contact, unit.message_id, unit.history_after) != (None, None, None):
                held.add(key)
            if key in held:
                passed.append(job)
            else:
                taken.add(key)
                jobs.append(job)
        self.waiting.extendleft(reversed(passed))
        if jobs:
            self.batches_in_flight += 1
            self.in_flight |= taken
        else:
            self.stuck = bool(self.batches_in_flight)
        return jobs

    def land(self, jobs: list[Job], again: list[Job]) -> None:
        """What has to be run again comes first."""
        self.waiting.extendleft(reversed(again))
        self.batches_in_flight -= 1
        self.in_flight -= {job.lead_key for job in jobs}
        self.stuck = False
