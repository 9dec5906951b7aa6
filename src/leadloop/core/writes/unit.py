"""One write of one lead as the store runs it: what it asks for, what was loaded for it, what it decides.

A caller hands a `Unit` to `Store.write`: which lead it is about, what it asks for, and a pure function that turns what
was loaded into an `Outcome`. The store gathers waiting units, loads for all of them at once, runs the functions in the
order of arrival, saves everything in one transaction guarded by the version that each lead was read at, and answers
only after the commit. It runs a function again when the lead has changed meanwhile, so the function must depend on
nothing but its argument.
"""

from collections.abc import Callable, Sequence
from typing import Generic, NamedTuple, TypeAlias, TypeVar

from msgspec import Struct

from leadloop.core.catalogue.assignment import AssignmentCounts, Attributed
from leadloop.core.catalogue.catalogue import Catalogue
from leadloop.core.changes import Change
from leadloop.core.leads.matching import Contact, Match
from leadloop.core.leads.merge import Conversation
from leadloop.core.leads.model import Lead
from leadloop.core.leads.parts import Message
from leadloop.core.writes.idempotency import StoredAnswer

T = TypeVar("T")

NOTHING_KNOWN = Catalogue("")


class Loaded(NamedTuple):
    """What the store read for one unit."""

    lead: Lead | None
    same_contact: int = 0
    conversation: Conversation = Conversation()
    history: Sequence[Change] = ()
    """The lead's records after the version that was asked for, the newest of them perhaps newer than `lead`."""
    kept: StoredAnswer | None = None
    taken: bool = False
    """There is a lead that was to be absent."""
    catalogue: Callable[[], Catalogue] = lambda: NOTHING_KNOWN
    """Asked by whoever resolves references. To be read only."""
    turns: Callable[[], AssignmentCounts] = dict
    """How many leads each user of the account was given; only where its leads are given to users automatically."""

    def country(self) -> str | None:
        """The account's."""
        return self.catalogue().options.country


class Saved(NamedTuple):
    """What one effective change writes: the lead, its JSON, its record, and the message it brought, if any."""

    lead: Lead
    doc: bytes
    change: Change
    message: Message | None = None


History: TypeAlias = Sequence[Saved]
"""What each change of one lead saved, all of them, from its creation on."""


class Outcome(NamedTuple, Generic[T]):
    """What a unit's function decided: the caller's answer, what to save (`None`: nothing changed), the answer to keep
    under the unit's key, and whose turn it was if the lead was given to a user. What the saved lead names that is new
    to the catalogue is learnt in the same transaction."""

    answer: T
    saved: Saved | None = None
    kept: StoredAnswer | None = None
    attributed: Attributed | None = None


NOTHING_MORE = (None,) * 5


class Unit(Struct, Generic[T], frozen=True, kw_only=True):
    """One caller's wish about one lead.

    `request_id` is unique to the request: after a lost connection it tells whether the change was committed.
    """

    account_id: str
    lead_id: str
    request_id: str
    run: Callable[[Loaded], Outcome[T]]
    contact: Contact | None = None
    message_id: str | None = None
    history_after: int | None = None
    """Asks for the lead's records after this version, the first `HISTORY_LIMIT` of them."""
    once_key: str | None = None
    """Asks for the answer that is kept under this key. Should another unit of the same key commit first, the
    function is run again and finds its answer."""
    absent: Match | None = None
    """Asks whether there is such a lead. Should another unit that asks the same commit first, the function is run
    again and finds its lead. No two such units may be under way in one process."""

    @property
    def asks_more(self) -> bool:
        """Whether it asks for anything but its lead."""
        asked = self.contact, self.message_id, self.history_after, self.once_key, self.absent
        return asked != NOTHING_MORE
