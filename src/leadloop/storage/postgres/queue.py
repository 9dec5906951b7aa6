"""The queue of units to be written, and the choice of the next batch."""

from collections import deque

from msgspec import Struct, field

from leadloop.storage.postgres.batch import Job, LeadKey

MAX_UNITS = 64
"""Most units in one batch."""
BACKLOG = 16
"""Waiting units at which a second batch starts. With 32 client connections, 16 gave 9 to 17 % more throughput than 65,
at the same CPU a unit; at 8, batches are smaller and each unit costs more."""


class WriteQueue(Struct, eq=False):
    """One batch is in flight while the next fills; at `BACKLOG` waiting units a second batch of other leads runs beside
    it."""

    waiting: deque[Job] = field(default_factory=deque)
    batches_in_flight: int = 0
    leads_in_flight: set[LeadKey] = field(default_factory=set)
    is_blocked: bool = False
    """Every waiting unit is for a lead in flight."""

    @property
    def is_idle(self) -> bool:
        return not self.waiting and not self.batches_in_flight

    def is_ready(self) -> bool:
        backlog = len(self.waiting) >= BACKLOG and not self.is_blocked
        return bool(self.waiting) and (not self.batches_in_flight or backlog)

    def next_batch(self) -> list[Job]:
        """The next batch, in the order of arrival, without units of leads in flight; empty if there are no others.

        A unit that needs more than its lead must be the lead's first in the batch: that data is loaded once.
        """
        jobs: list[Job] = []
        skipped: list[Job] = []
        blocked, chosen = set(self.leads_in_flight), set[LeadKey]()
        while self.waiting and len(jobs) < MAX_UNITS:
            job = self.waiting.popleft()
            if job.future.done():
                continue  # its caller has gone away
            key, unit = job.lead_key, job.unit
            if key in chosen and (unit.contact, unit.message_id, unit.history_after) != (None, None, None):
                blocked.add(key)
            if key in blocked:
                skipped.append(job)
            else:
                chosen.add(key)
                jobs.append(job)
        self.waiting.extendleft(reversed(skipped))
        if jobs:
            self.batches_in_flight += 1
            self.leads_in_flight |= chosen
        else:
            self.is_blocked = bool(self.batches_in_flight)
        return jobs

    def done(self, jobs: list[Job], retries: list[Job]) -> None:
        """Ends a batch. Units to be run again go to the front of the queue."""
        self.waiting.extendleft(reversed(retries))
        self.batches_in_flight -= 1
        self.leads_in_flight -= {job.lead_key for job in jobs}
        self.is_blocked = False
