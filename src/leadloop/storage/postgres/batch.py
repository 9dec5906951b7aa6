"""One group in memory: its leads as they were read and as its units leave them. Runs the units; knows no SQL.

An answer is given only when everything it rests on is committed: the units behind one that changes a lead have seen
that change, and so share the lead's fate, even when they change nothing or fail.
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
from leadloop.derived.projection import touched
from leadloop.derived.references import added_references
from leadloop.storage.catalogues import Catalogues
from leadloop.storage.results import Failure, resolve_future
from leadloop.webhooks.routing import QueuedDelivery, Routes

LeadKey = tuple[str, str]
"""Account and lead."""


class Job(Struct, eq=False):
    """A unit on its way, and whom to answer."""

    unit: Unit[Any]
    future: "asyncio.Future[Any]"
    since: float = field(default_factory=time.monotonic)
    tried: dict[int, Any] = field(default_factory=dict)
    """After a lost connection: the versions this unit may have made, each with the answer it goes with."""

    @property
    def lead_key(self) -> LeadKey:
        return self.unit.account_id, self.unit.lead_id

    def answer(self, result: Any) -> None:
        resolve_future(self.future, result)


NO_KEYS = ContactKeys(None, None)


class LeadState(Struct, eq=False):
    """One lead of the group."""

    key: LeadKey
    read: Lead | None = None
    now: Lead | None = None
    saved: Saved | None = None
    """The last one."""
    waiting: list[tuple[Job, Any]] = field(default_factory=list)
    """What is answered when the lead has been saved."""
    was: ContactKeys = NO_KEYS
    becomes: ContactKeys = NO_KEYS
    """The contact keys that other units of the group can find the lead by, before and after its changes."""
    claim: "Claim | None" = None
    """What has to be won for the lead to be new."""

    @property
    def read_version(self) -> int:
        return self.read.version if self.read is not None else 0


class Claim(NamedTuple):
    """That there is no lead of a kind, as seen at a version of the claim."""

    key: str
    version: int
    taken: bool


class Keep(NamedTuple):
    """An answer to keep; with `row` only if that lead is saved."""

    job: Job
    row: LeadState | None
    kept: StoredAnswer


class Save(NamedTuple):
    """One effective change, and the answer that goes with it."""

    row: LeadState
    job: Job
    saved: Saved
    result: Any


class Batch:
    def __init__(self, jobs: list[Job], routes: Routes, catalogues: Catalogues, *, one_account: bool = False) -> None:
        self.jobs = jobs
        self.routes = routes
        self.route_versions: dict[str, int] = {}
        """How often the endpoints of each account have changed."""
        self.catalogues = {account_id: catalogues.of(account_id) for account_id in {job.lead_key[0] for job in jobs}}
        self.catalogue_versions: dict[str, int] = {}
        self.taught: list[tuple[LeadState, list[LeadReference]]] = []
        """What is new to the catalogues."""
        self.turns: dict[str, tuple[int, dict[str, AssignmentCount]]] = {}
        """Of the accounts that give leads to users: how many each has got, as seen at which version. What is decided
        without them, where an account has begun to since, is lost."""
        self.attributed: list[tuple[LeadState, Assignment]] = []
        self.one_account = one_account
        self.rows: dict[LeadKey, LeadState] = {
            key: LeadState(key) for key in dict.fromkeys(job.lead_key for job in jobs)
        }
        self.contact_keys: dict[Job, ContactKeys] = {}
        """Of the units that ask, and have something to look for."""
        self.same_contact: dict[Job, int] = {}
        self.conversations: dict[Job, Conversation] = {}
        self.histories: defaultdict[Job, list[Change]] = defaultdict(list)
        self.claims: dict[Job, Claim] = {}
        self.kept: dict[Job, StoredAnswer] = {}
        self.saves: list[Save] = []
        """In the order in which the units ran."""
        self.keeps: list[Keep] = []
        self.deliveries: list[tuple[LeadState, QueuedDelivery]] = []
        self.answers: list[tuple[Job, Any]] = []
        """What is answered when the group is committed, whichever of its leads were saved."""

    def settle(self, committed: Mapping[Job, Any]) -> None:
        """Answers the jobs whose change turned out to be committed by an earlier try, and leaves them out."""
        for job, result in committed.items():
            job.answer(result)
        self.jobs = [job for job in self.jobs if job not in committed]

    def find_contact_keys(self) -> None:
        """To be called when the leads have been read."""
        for job in self.jobs:
            contact, country = job.unit.contact, self.country(job.lead_key[0])
            if contact is not None and (keys := contact.keys(self.rows[job.lead_key].read, country)) is not None:
                self.contact_keys[job] = keys

    def run(self) -> None:
        """Answers at once whoever does not depend on a change of this group."""
        for job in self.jobs:
            row = self.rows[job.lead_key]
            try:
                result, saved, kept, attributed = job.unit.run(self._loaded(job, row))
            except Exception as error:
                result, saved, kept, attributed = Failure(error), None, None, None
            if saved is not None:
                self._learn(row, saved)
                if attributed is not None:
                    self.attributed.append((row, attributed))
                version = self.route_versions[row.key[0]]
                told = self.routes.deliveries(version, row.now, saved.lead, saved.change)
                self.deliveries += [(row, filed) for filed in told]
                row.now, row.saved = saved.lead, saved
                row.claim = self.claims.get(job)
                if self.same_contact:
                    country = self.country(row.key[0])
                    row.was, row.becomes = _found_by(row.read, country), _found_by(row.now, country)
                self.saves.append(Save(row, job, saved, result))
            depends = row if row.saved is not None else None
            if kept is not None:
                self.keeps.append(Keep(job, depends, kept))
            if depends is not None:
                row.waiting.append((job, result))
            elif kept is not None:
                self.answers.append((job, result))
            else:
                job.answer(result)

    def answer(self, won: Set[LeadState]) -> list[Job]:
        """Answers whoever waited for the leads that were saved. Returns the others: they have to run again."""
        again = []
        for job, result in self.answers:
            job.answer(result)
        for row in self.rows.values():
            if row in won:
                for job, result in row.waiting:
                    job.answer(result)
            else:
                again += [job for job, _ in row.waiting]
        return again

    def lose(self, rows: Set[LeadState]) -> None:
        """Leaves out leads that have to be run again."""
        for row in rows:
            row.saved = None
        self.saves = [save for save in self.saves if save.row not in rows]
        self.keeps = [keep for keep in self.keeps if keep.row not in rows]
        self.deliveries = [told for told in self.deliveries if told[0] not in rows]

    def _learn(self, row: LeadState, saved: Saved) -> None:
        references = added_references(row.now, saved.lead, touched(saved.change.fields))
        if references and entries_from(self.catalogues[row.key[0]], references):
            self.taught.append((row, references))

    def _turns(self, account_id: str) -> AssignmentCounts:
        """As the units before have left them."""
        _, turns = self.turns[account_id]
        now = dict(turns)
        for row, (key, at_ms) in self.attributed:
            if row.key[0] == account_id:
                now[key] = count_one(now.get(key), at_ms)
        return now

    def note_tries(self) -> None:
        """Nobody knows whether this group was committed."""
        for _, job, saved, result in self.saves:
            job.tried[saved.change.version] = result

    def _loaded(self, job: Job, row: LeadState) -> Loaded:
        account_id = row.key[0]
        catalogue = partial(self.catalogues.__getitem__, account_id)
        turns = partial(self._turns, account_id) if account_id in self.turns else dict[str, AssignmentCount]
        if not job.unit.needs_more_than_lead:
            return Loaded(row.now, catalogue=catalogue, assignment_counts=turns)
        return Loaded(
            row.now,
            self._same_contact(job),
            self.conversations.get(job, Conversation()),
            self.histories.get(job, ()),
            self.kept.get(job),
            job in self.claims and self.claims[job].taken,
            catalogue,
            turns,
        )

    def _same_contact(self, job: Job) -> int:
        """What the database counted, and what the units before have changed about it."""
        keys = self.contact_keys.get(job)
        if keys is None:
            return 0
        account_id, _ = own = job.lead_key
        others = [row for key, row in self.rows.items() if key != own and key[0] == account_id]
        came = sum(_meet(row.becomes, keys) - _meet(row.was, keys) for row in others)
        return max(0, min(self.same_contact[job] + came, SAME_CONTACT_LIMIT))

    def country(self, account_id: str) -> Country:
        """Reads the account's country. To be called when the catalogues are up to date."""
        return lambda: self.catalogues[account_id].options.country


def _found_by(lead: Lead | None, country: Country) -> ContactKeys:
    """Deleted leads are not found."""
    if lead is None or lead.deleted_at_ms is not None:
        return NO_KEYS
    return ContactKeys(email_key(lead.email), stored_phone_key(lead, country))


def _meet(one: ContactKeys, other: ContactKeys) -> bool:
    return (one.email is not None and one.email == other.email) or (one.phone is not None and one.phone == other.phone)
