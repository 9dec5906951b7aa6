"""What people need of a database: protocols by noun, which `core.store.Store` includes.

Any method raises `Unavailable` while the database cannot be reached. A function that a method takes may run again and
must be pure; what it raises is raised, and nothing is written then.
"""

from collections.abc import Callable, Sequence
from typing import NamedTuple, Protocol

from leadloop.core.accounts import Account
from leadloop.core.people.model import AuditEntry, Link, Member, Membership, Person, Session, Throttle
from leadloop.core.writes.idempotency import AnswerKey


class PeopleStore(Protocol):
    async def are_there(self) -> bool:
        """Whether any person exists."""

    async def get(self, person_id: str) -> Person | None: ...

    async def by_email(self, email_key: str) -> Person | None: ...

    async def all(self, after: str, limit: int) -> list[Person]:
        """The people of the instance with a greater id, in order of their ids."""

    async def change(self, person_id: str, change: Callable[[Person], Person]) -> Person | None:
        """Replaces all but id, e-mail and creation, under a lock; returns the new one, `None` if there is none."""

    async def create_first(
        self, digest: bytes, person: Person, change: Callable[[Account], Account], membership: Membership, now_ms: int
    ) -> bool:
        """Uses up a valid welcome link: stores the first person as a member of the link's account, which `change`
        renames. Returns false, and writes nothing, if the link is not valid or any person exists."""

    async def delete(self, person_id: str) -> bool:
        """Deletes the person with all memberships, private views, sessions and links; whether there was one."""


class MembershipStore(Protocol):
    async def get(self, account_id: str, person_id: str) -> Member | None: ...

    async def of_account(self, account_id: str, after: str, limit: int) -> list[Member]:
        """The members with a greater person id, in order of these ids."""

    async def of_person(self, person_id: str) -> list[tuple[Membership, Account]]:
        """By the name of the account."""

    async def pairs(self) -> list[tuple[str, str]]:
        """Account and person of every membership of the instance, for checking them."""

    async def invite(
        self, person: Person, membership: Membership, link: Link, answer_key: AnswerKey | None = None
    ) -> Person | None:
        """Stores the membership and the link, and the person unless one with the same e-mail exists: then both are of
        that one. Returns the person, `None` if it is a member already; nothing is written then.

        Raises `AnsweredBefore`, `KeyReused` if something is stored under `answer_key`.
        """

    async def change(
        self, account_id: str, person_id: str, change: Callable[[Membership, int], Membership]
    ) -> Member | None:
        """Replaces role, state, catalogue user and times, under a lock on the account's memberships. `change` also
        takes the number of other active owners."""

    async def touch(self, account_id: str, person_id: str, at_ms: int) -> None:
        """Records when the person last used the account."""


class LinkStore(Protocol):
    async def add(self, link: Link) -> None:
        """Stores the link; it replaces other links of the same kind for the same person and account."""

    async def get(self, digest: bytes) -> Link | None:
        """Also an expired one."""

    async def use(self, digest: bytes, now_ms: int, change: Callable[[Person], Person]) -> Person | None:
        """Uses up a valid invitation or password link: changes its person, makes an invited membership of its account
        active, and deletes the person's other password links and other invitations to this account. `None` if it is not
        valid; nothing is written then.
        """


class SignedIn(NamedTuple):
    """A session with its person, and the person's memberships by the name of the account."""

    session: Session
    person: Person
    memberships: Sequence[tuple[Membership, Account]]


class SessionStore(Protocol):
    async def add(self, session: Session, *, replaces: bytes | None = None) -> None:
        """Stores a session. The one with the digest `replaces` ends in the same transaction (rotation)."""

    async def get(self, digest: bytes) -> tuple[Session, Person] | None: ...

    async def signed_in(self, digest: bytes) -> SignedIn | None: ...

    async def touch(self, digest: bytes, at_ms: int) -> None:
        """Records the use of a session."""

    async def end(self, digest: bytes) -> None: ...

    async def end_all(self, person_id: str, *, but: bytes = b"") -> int:
        """Ends the person's sessions except the one with the digest `but`; returns how many."""

    async def of_person(self, person_id: str) -> list[Session]:
        """Latest use first."""

    async def purge(self, idle_before_ms: int, created_before_ms: int) -> int:
        """Deletes the sessions that have ended, those last used or created before these moments, and the links that
        expired before the second; returns how many."""


class ThrottleStore(Protocol):
    async def get(self, keys: Sequence[str]) -> list[Throttle | None]:
        """In the order of the keys."""

    async def count(self, keys: Sequence[str], at_ms: int, since_ms: int) -> None:
        """Counts a failed sign-in under each key. A count whose last failure is before `since_ms` begins again at 1."""

    async def clear(self, keys: Sequence[str]) -> None: ...

    async def purge(self, before_ms: int) -> int:
        """Deletes some thousands of counts whose last failure is before that moment; returns how many."""


class AuditStore(Protocol):
    async def add(self, entry: AuditEntry) -> None: ...

    async def page(
        self, account_id: str, before: str, limit: int, *, actor: str | None, action: str | None, since_ms: int
    ) -> list[AuditEntry]:
        """Newest first: entries with a smaller id than `before` (empty: from the newest), not older than `since_ms`."""

    async def purge(self, before_ms: int) -> int:
        """Deletes some thousands of the entries from before that moment, of all accounts; returns how many."""
