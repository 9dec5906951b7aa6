"""Builds a lead from events, merged one by one with the same code as requests."""

from collections.abc import Iterator
from hashlib import blake2b
from typing import NamedTuple

from leadloop.core.ids import Stamp
from leadloop.core.leads.effects import LEAD_ORDINAL
from leadloop.core.leads.model import blank_lead
from leadloop.core.leads.patch import LeadPatch
from leadloop.core.writes.unit import Saved
from leadloop.core.writes.use_cases import change
from leadloop.demo.keys import SITE, actor_of

EXPAD, LEADSAIL = "expad", "leadsail"


class StoryEvent(NamedTuple):
    at_ms: int
    actor: str
    dialect: str
    patch: LeadPatch


class Story:
    """The lead's ids derive from `name`. Events at `end_ms` or later are dropped."""

    def __init__(self, account_id: str, name: str, born_ms: int, end_ms: int) -> None:
        self._account_id = account_id
        self._name = name
        self._end_ms = end_ms
        self.saved: list[Saved] = []
        first = self._stamp(StoryEvent(born_ms, SITE, EXPAD, LeadPatch()))
        self.lead = blank_lead(account_id, first.child_id(LEAD_ORDINAL), born_ms)

    def run(self, events: Iterator[StoryEvent]) -> list[Saved]:
        """Applies the events and returns what they saved. An event may depend on the lead as the earlier ones left
        it."""
        for event in events:
            if event.at_ms >= self._end_ms:
                break
            self._add(event)
        return self.saved

    def _add(self, event: StoryEvent) -> None:
        saved = change(self.lead, event.patch, self._stamp(event))
        if saved is not None:
            self.lead = saved.lead
            self.saved.append(saved)

    def _stamp(self, event: StoryEvent) -> Stamp:
        entropy = blake2b(f"{self._name} {len(self.saved)}".encode(), digest_size=22).digest()
        request_id = f"req_{event.at_ms.to_bytes(6, 'big').hex()}{entropy[16:].hex()}"
        actor = actor_of(self._account_id, event.actor)
        return Stamp(event.at_ms, entropy[:16], request_id, actor, event.dialect)
