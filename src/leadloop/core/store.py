"""What the core needs of a database: protocols by noun, which each engine implements, and the queries they take.

Any method raises `Unavailable` while the database cannot be reached.
"""

from collections.abc import Callable, Iterable, Sequence
from enum import Enum
from typing import Protocol, TypeVar

from msgspec import Struct

from leadloop.core.accounts import Account
from leadloop.core.catalogue.catalogue import Catalogue
from leadloop.core.catalogue.model import Entry
from leadloop.core.catalogue.own import OwnLeads
from leadloop.core.catalogue.query import EntryQuery
from leadloop.core.changes import Change
from leadloop.core.instance import Instance
from leadloop.core.keys import ApiKey
from leadloop.core.leads.matching import FormerKeys
from leadloop.core.leads.model import Lead
from leadloop.core.leads.parts import Message
from leadloop.core.pages import Page
from leadloop.core.search.tree import Query
from leadloop.core.writes.idempotency import StoredAnswer
from leadloop.core.writes.unit import History, Unit

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


class LeadStore(Protocol):
    async def get(self, account_id: str, lead_id: str) -> Lead | None: ...

    async def page(self, query: LeadQuery, most_bytes: int) -> Page[Lead]:
        """The leads of a query. Reads at most `most_bytes` of documents, and at least one lead."""

    async def find(self, query: LeadQuery) -> list[Lead]:
        """Like `page`, without a limit in bytes."""

    async def count(self, query: LeadQuery, most: int) -> int:
        """How many leads match, regardless of paging; counting stops at `most`."""

    async def messages(self, account_id: str, lead_id: str, limit: int) -> list[Message]:
        """The lead's conversation, newest first."""

    async def renew_keys(self, account_id: str) -> bool:
        """Recomputes the matching keys of the account's next leads; returns whether there are more.

        Resumes where any process stopped. An account whose keys are current costs nothing.
        """

    async def by_keys(self, account_id: str, keys: FormerKeys, limit: int) -> list[Lead]:
        """Leads that are not deleted and are stored under any of these keys."""

    async def load(self, histories: Iterable[History]) -> None:
        """Bulk-loads new leads with all their changes, thousands a second, one transaction a batch.

        The feed gets the records of each batch by time. A lead that exists already is skipped. Takes histories as room
        is made for them; after a failure those before it may be stored.
        """


class ChangeStore(Protocol):
    async def of_lead(
        self, account_id: str, lead_id: str, after_version: int, limit: int, most_bytes: int = ANY_BYTES
    ) -> list[Change]:
        """One lead's records with a greater version, oldest first: at most `most_bytes`, and at least one record."""

    async def feed(self, account_id: str, after_position: int, limit: int, most_bytes: int = ANY_BYTES) -> list[Change]:
        """The account's records after a position of its feed: at most `most_bytes`, and at least one record."""

    async def position(self, account_id: str) -> int:
        """The position of the account's last record; 0 if it has none."""

    async def version_at(self, account_id: str, lead_id: str, at_ms: int) -> int:
        """The version that the lead had at that moment; 0 if it did not exist."""


class AccountStore(Protocol):
    async def add(self, account: Account, key: ApiKey | None = None) -> None:
        """Stores the account, and its first key in the same transaction."""

    async def get(self, account_id: str) -> Account | None: ...

    async def all(self) -> list[Account]: ...

    async def change(self, account_id: str, change: Callable[[Account], Account]) -> Account | None:
        """Replaces name and options of the account by those of `change(account)`, under a lock; returns the new one, or
        `None` if there is no such account. `change` may run again and must be pure.
        """


class KeyStore(Protocol):
    async def add(self, key: ApiKey) -> None: ...

    async def get(self, key_id: str) -> ApiKey | None: ...

    async def of_account(self, account_id: str) -> list[ApiKey]: ...

    async def revoke(self, account_id: str, key_id: str, at_ms: int) -> bool:
        """Whether there was such a key, not yet revoked."""

    async def delete(self, account_id: str, key_id: str) -> None:
        """Leaves no trace of a key that nobody was given. Any other key is revoked instead."""

    async def touch(self, used: Sequence[tuple[str, str, int]]) -> None:
        """Records when keys (account, key, ms) were last used."""


class AnswerStore(Protocol):
    """Answers stored under idempotency keys."""

    async def get(self, account_id: str, key: str) -> StoredAnswer | None: ...

    async def delete_expired(self, before_ms: int) -> int:
        """Deletes some thousands of the answers stored before that moment; returns how many."""


class CatalogueStore(Protocol):
    async def get(self, account_id: str) -> Catalogue:
        """The current catalogue. Read only, and only until the next `await`: it may change."""

    async def page(self, query: EntryQuery, most_bytes: int) -> Page[Entry]:
        """Reads at most `most_bytes` of documents, and at least one entry."""

    async def entry(self, account_id: str, kind: str, entry_id: str) -> Entry | None:
        """By its id, also by the id it had before a client assigned one."""

    async def manage(self, account_id: str, change: Callable[[Catalogue], Entry]) -> Entry:
        """Stores the entry that `change` returns, under a lock on the account's catalogue.

        Raises what `change` raises. `change` may run again and must be pure.
        """


class InstanceStore(Protocol):
    async def get(self) -> Instance | None:
        """`None` until one is added: that needs the pepper, which a migration does not have."""

    async def add(self, instance: Instance) -> Instance:
        """Returns the stored one: of several processes that add it, the first wins."""

    async def replace(self, instance: Instance) -> None:
        """Gives the database another id and pepper."""


class Store(Protocol):
    """An engine, by noun. `write` is the heart: see `core.writes.unit`."""

    @property
    def leads(self) -> LeadStore: ...

    @property
    def changes(self) -> ChangeStore: ...

    @property
    def accounts(self) -> AccountStore: ...

    @property
    def keys(self) -> KeyStore: ...

    @property
    def answers(self) -> AnswerStore: ...

    @property
    def catalogue(self) -> CatalogueStore: ...

    @property
    def instance(self) -> InstanceStore: ...

    async def open(self) -> None: ...

    async def close(self) -> None:
        """Answers everything that waits, then closes the connections."""

    async def migrate(self) -> list[str]:
        """Brings the schema up to date; returns the names of the migrations that were applied."""

    async def health(self) -> Health: ...

    async def write(self, unit: Unit[T]) -> T: ...


class Clock(Protocol):
    def __call__(self) -> int:
        """Now, in milliseconds since 1970."""
