"""One batch in memory: its leads as loaded and as its units leave them. Runs the units; has no SQL.

A caller gets its answer only when everything that the answer depends on is committed. Units that run after a unit that
changes their lead have seen that change: they wait for its commit, even if they change nothing or fail.
"""

import asyncio
import time
from collections import defaultdict
from collections.abc import Mapping, Set
from functools import partial
from typing import Any, NamedTuple

from msgspec import Struct, field

from leadloop.core.catalogue.assignment import Assignment, AssignmentCount, AssignmentCounts, count_one
from leadloop.core.catalogue.learn import LeadReference, entries_from
from leadloop.core.changes import Change
from leadloop.core.leads.matching import ContactKeys, Country, stored_phone_key
from leadloop.core.leads.merge import Conversation
from leadloop.core.leads.model import Lead
from leadloop.core.leads.normalize import email_key
from leadloop.core.store import SAME_CONTACT_LIMIT
from leadloop.core.writes.idempotency import StoredAnswer
from leadloop.core.writes.unit import Loaded, Saved, Unit
from leadloop.derived.columns import COLUMNS
from leadloop.derived.projection import Parts, touched_parts
from leadloop.derived.references import added_references
from leadloop.storage.catalogues import CatalogueCache
from leadloop.storage.results import Failure, resolve_future
from leadloop.webhooks.routing import QueuedDelivery, Routes

LeadKey = tuple[str, str]
"""Account and lead."""


class Job(Struct, eq=False):
    """A unit under way, and the future of its caller."""

    unit: Unit[Any]
    future: "asyncio.Future[Any]"
    since: float = field(default_factory=time.monotonic)
    tries: dict[int, Any] = field(default_factory=dict)
    """After a lost connection: the versions that this unit may have committed, each with its answer."""

    @property
    def lead_key(self) -> LeadKey:
        return self.unit.account_id, self.unit.lead_id

    def answer(self, result: Any) -> None:
        resolve_future(self.future, result)


class LeadState(Struct, eq=False):
    """The state of one lead in the batch."""

    key: LeadKey
    loaded: Lead | None = None
    current: Lead | None = None
    saved: Saved | None = None
    """The last change."""
    waiting: list[tuple[Job, Any]] = field(default_factory=list)
    """The jobs to answer, with their results, once the lead is saved."""
    contact: ContactKeys | None = None
    """The lead's current contact keys, if the batch changes them."""
    claim: "UniquenessClaim | None" = None
    """The uniqueness claim to insert before the lead may be created."""

    @property
    def loaded_version(self) -> int:
        return self.loaded.version if self.loaded is not None else 0


class UniquenessClaim(NamedTuple):
    """A uniqueness claim, at the version at which it was read. `taken`: a matching lead exists."""

    key: str
    version: int
    taken: bool


class PendingAnswer(NamedTuple):
    """An answer to store under its idempotency key; if `state` is set, only if that lead is saved."""

    job: Job
    state: LeadState | None
    answer: StoredAnswer


class Save(NamedTuple):
    """One effective change, and the answer to its unit."""

    state: LeadState
    job: Job
    saved: Saved
    result: Any


class Contacts:
    """Leads by account and contact key."""

    def __init__(self) -> None:
        self._by_email: defaultdict[tuple[str, str | None], set[LeadState]] = defaultdict(set)
        self._by_phone: defaultdict[tuple[str, str | None], set[LeadState]] = defaultdict(set)

    def add(self, state: LeadState, keys: ContactKeys) -> None:
        account_id, _ = state.key
        self._by_email[account_id, keys.email].add(state)
        self._by_phone[account_id, keys.phone].add(state)

    def remove(self, state: LeadState, keys: ContactKeys) -> None:
        account_id, _ = state.key
        self._by_email[account_id, keys.email].remove(state)
        self._by_phone[account_id, keys.phone].remove(state)

    def count(self, state: LeadState, keys: ContactKeys) -> int:
        """The number of other leads that share a key."""
        account_id, _ = state.key
        states = set[LeadState]()
        if keys.email is not None:
            states |= self._by_email.get((account_id, keys.email), set())
        if keys.phone is not None:
            states |= self._by_phone.get((account_id, keys.phone), set())
        return len(states - {state})


class Batch:
    def __init__(
        self, jobs: list[Job], routes: Routes, catalogues: CatalogueCache, *, one_account: bool = False
    ) -> None:
        self.jobs = jobs
        self.routes = routes
        self.route_versions: dict[str, int] = {}
        """The version of each account's endpoints."""
        self.catalogues = {account_id: catalogues.of(account_id) for account_id in {job.lead_key[0] for job in jobs}}
        self.catalogue_versions: dict[str, int] = {}
        self.new_references: list[tuple[LeadState, list[LeadReference]]] = []
        """References that the catalogues lack."""
        self.assignment_counts: dict[str, tuple[int, dict[str, AssignmentCount]]] = {}
        """For each account that assigns leads automatically: the version of its counts when they were read, and the
        counts. Leads that were assigned without them are dropped and run again."""
        self.assignments: list[tuple[LeadState, Assignment]] = []
        self.one_account = one_account
        self.states: dict[LeadKey, LeadState] = {
            key: LeadState(key) for key in dict.fromkeys(job.lead_key for job in jobs)
        }
        self.contact_keys: dict[Job, ContactKeys] = {}
        """The keys of the units that count leads of the same contact."""
        self.same_contact: dict[Job, int] = {}
        self.contacts_before = Contacts()
        self.contacts_after = Contacts()
        """The leads whose contact the batch changes, by their keys before and after."""
        self.conversations: dict[Job, Conversation] = {}
        self.histories: defaultdict[Job, list[Change]] = defaultdict(list)
        self.claims: dict[Job, UniquenessClaim] = {}
        self.stored_answers: dict[Job, StoredAnswer] = {}
        self.saves: list[Save] = []
        """In the order in which the units ran."""
        self.pending_answers: list[PendingAnswer] = []
        self.deliveries: list[tuple[LeadState, QueuedDelivery]] = []
        self.answers: list[tuple[Job, Any]] = []
        """The jobs to answer, with their results, once the batch is committed, whichever leads were saved."""

    def resolve_committed(self, committed: Mapping[Job, Any]) -> None:
        """Answers and removes the jobs whose change an earlier try has committed."""
        for job, result in committed.items():
            job.answer(result)
        self.jobs = [job for job in self.jobs if job not in committed]

    def find_contact_keys(self) -> None:
        """Call after the leads are loaded."""
        for job in self.jobs:
            contact, country = job.unit.contact, self.country(job.lead_key[0])
            if contact is not None and (keys := contact.keys(self.states[job.lead_key].loaded, country)) is not None:
                self.contact_keys[job] = keys

    def run(self) -> None:
        """Runs the units. Answers at once those that depend on no change of the batch."""
        for job in self.jobs:
            state = self.states[job.lead_key]
            try:
                result, saved, answer, assigned = job.unit.run(self._loaded_for(job, state))
            except Exception as error:
                result, saved, answer, assigned = Failure(error), None, None, None
            if saved is not None:
                parts = touched_parts(saved.change.fields)
                self._collect_references(state, saved, parts)
                if assigned is not None:
                    self.assignments.append((state, assigned))
                version = self.route_versions[state.key[0]]
                deliveries = self.routes.deliveries(version, state.current, saved.lead, saved.change)
                self.deliveries += [(state, delivery) for delivery in deliveries]
                state.current, state.saved = saved.lead, saved
                state.claim = self.claims.get(job)
                if self.same_contact:
                    self._move_contact(state, saved, parts)
                self.saves.append(Save(state, job, saved, result))
            depends_on = state if state.saved is not None else None
            if answer is not None:
                self.pending_answers.append(PendingAnswer(job, depends_on, answer))
            if depends_on is not None:
                state.waiting.append((job, result))
            elif answer is not None:
                self.answers.append((job, result))
            else:
                job.answer(result)

    def answer(self, won: Set[LeadState]) -> list[Job]:
        """Answers the jobs of the leads that were saved, `won`. Returns the other jobs, which must run again."""
        retries = []
        for job, result in self.answers:
            job.answer(result)
        for state in self.states.values():
            if state in won:
                for job, result in state.waiting:
                    job.answer(result)
            else:
                retries += [job for job, _ in state.waiting]
        return retries

    def drop(self, states: Set[LeadState]) -> None:
        """Drops the changes of leads whose jobs must run again."""
        for state in states:
            state.saved = None
        self.saves = [save for save in self.saves if save.state not in states]
        self.pending_answers = [answer for answer in self.pending_answers if answer.state not in states]
        self.deliveries = [queued for queued in self.deliveries if queued[0] not in states]

    def _collect_references(self, state: LeadState, saved: Saved, parts: Parts) -> None:
        references = added_references(state.current, saved.lead, parts)
        if references and entries_from(self.catalogues[state.key[0]], references):
            self.new_references.append((state, references))

    def _assignment_counts(self, account_id: str) -> AssignmentCounts:
        """The counts including the assignments of earlier units."""
        _, stored = self.assignment_counts[account_id]
        counts = dict(stored)
        for state, assignment in self.assignments:
            if state.key[0] == account_id:
                counts[assignment.key] = count_one(counts.get(assignment.key), assignment)
        return counts

    def record_tries(self) -> None:
        """Records the changes that may or may not have been committed."""
        for _, job, saved, result in self.saves:
            job.tries[saved.change.version] = result

    def _loaded_for(self, job: Job, state: LeadState) -> Loaded:
        account_id = state.key[0]
        catalogue = partial(self.catalogues.__getitem__, account_id)
        assigns = account_id in self.assignment_counts
        counts = partial(self._assignment_counts, account_id) if assigns else dict[str, AssignmentCount]
        if not job.unit.needs_more_than_lead:
            return Loaded(state.current, catalogue=catalogue, assignment_counts=counts)
        return Loaded(
            state.current,
            self._same_contact(job),
            self.conversations.get(job, Conversation()),
            self.histories.get(job, ()),
            self.stored_answers.get(job),
            job in self.claims and self.claims[job].taken,
            catalogue,
            counts,
        )

    def _same_contact(self, job: Job) -> int:
        """The count of the database, corrected by the changes of earlier units."""
        keys = self.contact_keys.get(job)
        if keys is None:
            return 0
        state = self.states[job.lead_key]
        before, after = self.contacts_before.count(state, keys), self.contacts_after.count(state, keys)
        return max(0, min(self.same_contact[job] + after - before, SAME_CONTACT_LIMIT))

    def _move_contact(self, state: LeadState, saved: Saved, parts: Parts) -> None:
        """Records the contact of a changed lead, if the change touches it."""
        if state.loaded is not None and _CONTACT_COLUMNS.isdisjoint(parts.get(COLUMNS.name, ())):
            return
        country = self.country(state.key[0])
        if state.contact is None:
            self.contacts_before.add(state, _contact_keys(state.loaded, country))
        else:
            self.contacts_after.remove(state, state.contact)
        state.contact = _contact_keys(saved.lead, country)
        self.contacts_after.add(state, state.contact)

    def country(self, account_id: str) -> Country:
        """Returns a function that reads the account's country. Call it only after the catalogues are loaded."""
        return lambda: self.catalogues[account_id].options.country


_CONTACT_COLUMNS = frozenset({"email_key", "phone_key", "deleted_at_ms"})
_NO_KEYS = ContactKeys(None, None)


def _contact_keys(lead: Lead | None, country: Country) -> ContactKeys:
    """The keys by which the lead is found; none for a deleted lead."""
    if lead is None or lead.deleted_at_ms is not None:
        return _NO_KEYS
    return ContactKeys(email_key(lead.email), stored_phone_key(lead, country))
