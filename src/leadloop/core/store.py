"""The core's interface to a database: protocols by noun, which each engine implements, and their queries.

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
from leadloop.core.instance import InstanceStore
from leadloop.core.keys import ApiKey
from leadloop.core.leads.matching import FormerKeys
from leadloop.core.leads.model import Lead
from leadloop.core.leads.parts import Message
from leadloop.core.pages import Page
from leadloop.core.people.store import (
    AuditStore,
    LinkStore,
    MembershipStore,
    PeopleStore,
    SessionStore,
    ThrottleStore,
)
from leadloop.core.saved_views.store import SavedViewStore
from leadloop.core.search.tree import Query
from leadloop.core.stage_sums import StageSum
from leadloop.core.writes.idempotency import AnswerKey, StoredAnswer
from leadloop.core.writes.unit import History, Unit

T = TypeVar("T")

HISTORY_LIMIT = 1_000
"""How many versions old a base version may be, and how many records a unit may load. A unit loads only the records
after a version that it has just read, which are a few."""
RECORD_BATCH = 20
"""How many records of one lead are read together; a record can be as large as two leads."""
NO_BYTE_LIMIT = 2**62
"""Stands for no limit in bytes."""
SAME_CONTACT_LIMIT = 1_000
"""Counting leads of the same contact stops here."""
CANDIDATES = 100
"""While keys are being renewed, at most this many leads under former keys are compared by their current keys."""


class Order(Enum):
    """The order by lead date, or by creation time (the order of ids)."""

    LEAD_DATE = "lead_date"
    CREATED = "created"


class LeadQuery(Struct, frozen=True, kw_only=True):
    """A query for leads of an account, with an order. It never returns deleted leads. Ranges are half-open."""

    account_id: str
    order: Order
    is_ascending: bool = False
    """Oldest first instead of newest first."""
    limit: int
    after: tuple[int, str] | None = None
    """The last lead of the previous page: lead date in ms and id (only the id counts for `Order.CREATED`)."""
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
    """Replaces `source` where the account's own sources matter; `own_type` does the same for `type`."""
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


class StoreHealth(Struct, frozen=True, kw_only=True):
    """`problem` says in one sentence what to do; `None` when the store can serve."""

    engine: str
    version: str
    pending_migrations: list[str]
    problem: str | None = None
    risk: str | None = None
    """The setting of the database by which it can lose acknowledged writes, and what to do about it."""


class LeadStore(Protocol):
    async def get(self, account_id: str, lead_id: str) -> Lead | None: ...

    async def page(self, query: LeadQuery, most_bytes: int) -> Page[Lead]:
        """The leads that match. Reads at most `most_bytes` of documents, and at least one lead."""

    async def find(self, query: LeadQuery) -> list[Lead]:
        """Like `page`, without a limit in bytes."""

    async def count(self, query: LeadQuery, most: int) -> int:
        """How many leads match, regardless of paging; counting stops at `most`."""

    async def quick_count(self, query: LeadQuery, most: int) -> int | None:
        """The same, or `None` if that would mean examining a large part of the account's leads."""

    async def stage_sums(self, query: LeadQuery) -> list[StageSum]:
        """The leads that match by stage and currency. Reads all of them: count them first."""

    async def stage_values(self, account_id: str, limit: int) -> list[str]:
        """The stages that leads of the account have, folded and in order."""

    async def messages(
        self,
        account_id: str,
        lead_id: str,
        limit: int,
        before: tuple[int, str] | None = None,
        most_bytes: int = NO_BYTE_LIMIT,
    ) -> Page[Message]:
        """The lead's conversation, newest first, at most `most_bytes` of it and at least one message. `before` is the
        last message of the previous page: its time in ms (0 if it has none) and its id."""

    async def renew_keys(self, account_id: str) -> bool:
        """Recomputes the matching keys of the account's next leads; returns whether there are more.

        Resumes where any process stopped. An account whose keys are current costs nothing.
        """

    async def by_keys(self, account_id: str, keys: FormerKeys, limit: int) -> list[Lead]:
        """Leads that are not deleted and are stored under any of these keys."""

    async def load(self, histories: Iterable[History]) -> None:
        """Bulk-loads new leads with all their changes, thousands per second, one transaction per batch.

        The feed has the records of each batch in order of time. Leads that already exist are skipped. Consumes
        histories as memory allows; after a failure, earlier histories may be stored.
        """


class ChangeStore(Protocol):
    async def of_lead(
        self, account_id: str, lead_id: str, after_version: int, limit: int, most_bytes: int = NO_BYTE_LIMIT
    ) -> list[Change]:
        """One lead's records with a greater version, oldest first: at most `most_bytes`, and at least one record."""

    async def feed(
        self, account_id: str, after_position: int, limit: int, most_bytes: int = NO_BYTE_LIMIT
    ) -> list[Change]:
        """The account's records after a position of its feed: at most `most_bytes`, and at least one record."""

    async def position(self, account_id: str) -> int:
        """The position of the account's last record; 0 if it has none."""

    async def version_at(self, account_id: str, lead_id: str, at_ms: int) -> int:
        """The lead's version at that time; 0 if it did not exist."""


class AccountStore(Protocol):
    async def add(self, account: Account, key: ApiKey | None = None) -> None:
        """Stores the account, and its first key in the same transaction."""

    async def get(self, account_id: str) -> Account | None: ...

    async def all(self) -> list[Account]: ...

    async def change(self, account_id: str, change: Callable[[Account], Account]) -> Account | None:
        """Replaces name and options of the account by those of `change(account)`, under a lock; returns the new one, or
        `None` if there is no such account. `change` may run again and must be pure.
        """

    async def delete(self, account_id: str) -> bool:
        """Deletes the account with all its rows, in batches: first its keys and memberships, so that nobody reaches it,
        last the account itself. Run it again after a failure. Whether there was such an account."""


class KeyStore(Protocol):
    async def add(self, key: ApiKey, answer_key: AnswerKey | None = None) -> None:
        """Stores the key. Raises `AnsweredBefore`, `KeyReused` if something is stored under `answer_key`."""

    async def get(self, key_id: str) -> ApiKey | None: ...

    async def of_account(self, account_id: str) -> list[ApiKey]: ...

    async def revoke(self, account_id: str, key_id: str, at_ms: int) -> bool:
        """Whether there was such a key, not yet revoked."""

    async def change(self, account_id: str, key_id: str, change: Callable[[ApiKey], ApiKey]) -> ApiKey | None:
        """Replaces name and expiry of a key, under a lock; `None` if the account has no such key."""

    async def delete(self, account_id: str, key_id: str) -> None:
        """Deletes a key that nobody ever received. Revoke any other key instead."""

    async def touch(self, used: Sequence[tuple[str, str, int, str]]) -> None:
        """Records when, and from which network address, keys (account, key, ms, address) were last used."""


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

    @property
    def people(self) -> PeopleStore: ...

    @property
    def memberships(self) -> MembershipStore: ...

    @property
    def links(self) -> LinkStore: ...

    @property
    def sessions(self) -> SessionStore: ...

    @property
    def throttles(self) -> ThrottleStore: ...

    @property
    def audit(self) -> AuditStore: ...

    @property
    def saved_views(self) -> SavedViewStore: ...

    async def open(self) -> None: ...

    async def close(self) -> None:
        """Answers everything that waits, then closes the connections."""

    async def migrate(self) -> list[str]:
        """Brings the schema up to date; returns the names of the migrations that were applied."""

    async def health(self) -> StoreHealth: ...

    async def write(self, unit: Unit[T]) -> T: ...


class Clock(Protocol):
    def __call__(self) -> int:
        """Now, in milliseconds since 1970."""
