"""What the core needs from outside: a store for leads and their changes, accounts and keys.

The heart is `Store.write`. A caller hands over a `Unit`: which lead it is about, what it wants to know, and a pure
function that turns what was read into an `Outcome`. The store gathers waiting units, reads for all of them at once,
runs the functions in the order of arrival, saves everything in one transaction guarded by the version that each lead
was read at, and answers only after the commit. A function may be run again when its lead has moved on in the
meantime, so it must depend on nothing but its argument.
"""

from collections.abc import Callable, Iterable, Sequence
from enum import Enum
from typing import Generic, NamedTuple, Protocol, TypeAlias, TypeVar

from msgspec import Struct

from leadloop.core.accounts import Account
from leadloop.core.catalogue.assignment import AssignmentCounts, Attributed
from leadloop.core.catalogue.catalogue import Catalogue
from leadloop.core.catalogue.own import OwnLeads
from leadloop.core.changes import Change
from leadloop.core.keys import ApiKey
from leadloop.core.leads.matching import Contact, FormerKeys, Match
from leadloop.core.leads.merge import Conversation
from leadloop.core.leads.model import Lead
from leadloop.core.leads.parts import Message
from leadloop.core.pages import Page
from leadloop.core.search.tree import Query
from leadloop.core.store import CatalogueStore, InstanceStore
from leadloop.core.writes.idempotency import StoredAnswer

T = TypeVar("T")


HISTORY_LIMIT = 1_000
"""How many versions back a base version may be, and how many records a unit may ask for. A unit asks only for those
after a version it has just read: a few."""
RECORDS_AT_ONCE = 20
"""Records of one lead that are read together; one can be as large as two leads."""
ANY_BYTES = 2**62
"""No bound in bytes."""
SAME_CONTACT_LIMIT = 1_000
"""Counting leads of the same contact stops here."""
CANDIDATES = 100
"""While keys are renewed, so many leads under former keys are compared with the present ones."""


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


class Order(Enum):
    """By the lead's own date, or by its creation (which its id tells)."""

    LEAD_DATE = "lead_date"
    CREATED = "created"


class LeadQuery(Struct, frozen=True, kw_only=True):
    """Which leads of an account, in which order. Deleted ones are never listed. Ranges are half-open."""

    account_id: str
    order: Order
    is_ascending: bool = False
    """Oldest first, and not newest first."""
    limit: int
    after: tuple[int, str] | None = None
    """Where the page before ended: lead date in ms and id (only the id counts for `Order.CREATED`)."""
    offset: int = 0
    lead_date_from_ms: int | None = None
    lead_date_to_ms: int | None = None
    created_from_ms: int | None = None
    created_to_ms: int | None = None
    stage: str | None = None
    """The key of a stage (`status.stage_key`)."""
    status: str | None = None
    source: str | None = None
    type: str | None = None
    own_source: OwnLeads | None = None
    """Instead of `source`, where the account's own have a part in it; `own_type` likewise."""
    own_type: OwnLeads | None = None
    owner_id: str | None = None
    unit_id: str | None = None
    department_id: str | None = None
    interest_id: str | None = None
    tag_id: str | None = None
    email_key: str | None = None
    phone_key: str | None = None
    external_key: str | None = None
    campaign_ids: Sequence[str] = ()
    client_ids: Sequence[str] = ()
    offer_ids: Sequence[str] = ()
    search: Query | None = None


class Health(Struct, frozen=True, kw_only=True):
    """`problem` says in one sentence what to do; `None` when the store can serve."""

    engine: str
    version: str
    pending_migrations: list[str]
    problem: str | None = None
    risk: str | None = None
    """By which setting of its own the database can lose what was acknowledged, and what to do about it."""


class Store(CatalogueStore, InstanceStore, Protocol):
    """Raises `Unavailable` from any method while the database can not be reached."""

    async def open(self) -> None: ...

    async def close(self) -> None:
        """Answers everything that waits, then lets go of the database."""

    async def migrate(self) -> list[str]:
        """Bring the schema up to date; the names of the migrations that were applied."""

    async def health(self) -> Health: ...

    async def write(self, unit: Unit[T]) -> T: ...

    async def load(self, histories: Iterable[History]) -> None:
        """File new leads with all that has happened to them, thousands a second, a transaction a batch.

        The feed gets each batch's records by time. A lead that is there already is left as it is. Histories are
        taken as room is made for them; those before a failure may be filed.
        """

    async def lead(self, account_id: str, lead_id: str) -> Lead | None: ...

    async def page(self, query: LeadQuery, most_bytes: int) -> Page[Lead]:
        """The leads of a query, of whose documents at most so many bytes are read, and at least one."""

    async def leads(self, query: LeadQuery) -> list[Lead]:
        """The same without a bound in bytes."""

    async def count(self, query: LeadQuery, most: int) -> int:
        """How many leads match, paging left aside; counting stops at `most`."""

    async def lead_changes(
        self, account_id: str, lead_id: str, after_version: int, limit: int, most_bytes: int = ANY_BYTES
    ) -> list[Change]:
        """One lead's records with a greater version, oldest first: at most so many bytes, and at least one record."""

    async def changes(
        self, account_id: str, after_position: int, limit: int, most_bytes: int = ANY_BYTES
    ) -> list[Change]:
        """The account's records behind a position of its feed, in order: at most so many bytes, and at least one."""

    async def feed_position(self, account_id: str) -> int:
        """The position of the account's last record; 0 where there is none."""

    async def version_at(self, account_id: str, lead_id: str, at_ms: int) -> int:
        """Which version the lead had at that moment; 0 where it did not exist."""

    async def messages(self, account_id: str, lead_id: str, limit: int) -> list[Message]:
        """The lead's conversation, newest first."""

    async def add_account(self, account: Account, key: ApiKey | None = None) -> None:
        """File the account, with its first key in the same transaction."""

    async def account(self, account_id: str) -> Account | None: ...

    async def accounts(self) -> list[Account]: ...

    async def change_account(self, account_id: str, change: Callable[[Account], Account]) -> Account | None:
        """The account as `change` made it of the present one; `None` where there is none.

        Of the name and the options. Nobody else changes it in between; `change` may be called again and must be pure.
        """

    async def renew_keys(self, account_id: str) -> bool:
        """Renews the matching keys of some of the account's leads, those after the last that were renewed; whether
        there are more. Resumes wherever anybody stopped; an account whose keys are all renewed costs nothing."""

    async def leads_by_keys(self, account_id: str, keys: FormerKeys, limit: int) -> list[Lead]:
        """Leads that are not deleted and are stored under any of these keys."""

    async def kept(self, account_id: str, once_key: str) -> StoredAnswer | None: ...

    async def forget_kept(self, before_ms: int) -> int:
        """Drop the answers that were kept before that moment, some thousands at most; how many."""

    async def add_key(self, key: ApiKey) -> None: ...

    async def key(self, key_id: str) -> ApiKey | None: ...

    async def keys(self, account_id: str) -> list[ApiKey]: ...

    async def revoke_key(self, account_id: str, key_id: str, at_ms: int) -> bool:
        """Whether there was such a key, not yet revoked."""

    async def remove_key(self, account_id: str, key_id: str) -> None:
        """Leaves no trace of a key: for one that nobody was given. Any other is revoked."""

    async def touch_keys(self, used: Sequence[tuple[str, str, int]]) -> None:
        """Note when keys (account, key, ms) were last used."""


class Clock(Protocol):
    def __call__(self) -> int:
        """Now, in milliseconds since 1970."""
