"""People: `core.people.store.PeopleStore`."""

from collections.abc import Callable

from msgspec import structs

from leadloop.core.accounts import Account
from leadloop.core.people.model import LinkKind, Membership, Person
from leadloop.storage import people_rows as rows
from leadloop.storage import people_scripts as scripts
from leadloop.storage.accounts import change_account, lock_account
from leadloop.storage.nouns import Noun, ScriptRunner, reads, writes
from leadloop.storage.scripts import Script, Statement
from leadloop.storage.sql import statements

SQL = statements(__file__)


class People(Noun[ScriptRunner]):
    @reads
    def are_there(self) -> Script[bool]:
        return bool((yield Statement(SQL["has_person"], ())))

    @reads
    def get(self, person_id: str) -> Script[Person | None]:
        return (yield from scripts.read_person(person_id))

    @reads
    def by_email(self, email_key: str) -> Script[Person | None]:
        records = yield Statement(SQL["find_person"], (email_key,))
        return rows.person(records[0]) if records else None

    @reads
    def all(self, after: str, limit: int) -> Script[list[Person]]:
        records = yield Statement(SQL["list_people"], (after, limit))
        return list(map(rows.person, records))

    @writes
    def change(self, person_id: str, change: Callable[[Person], Person]) -> Script[Person | None]:
        person = yield from scripts.lock_person(person_id)
        return None if person is None else (yield from scripts.change_person(person, change))

    @writes
    def create_first(
        self, digest: bytes, person: Person, change: Callable[[Account], Account], membership: Membership, now_ms: int
    ) -> Script[bool]:
        """Of two transactions that store a first person, the second waits for the first and then stores none."""
        if (yield Statement(SQL["has_person"], ())):
            return (yield from scripts.read_person(person.id)) is not None  # an earlier attempt has stored it
        link = yield from scripts.read_link(digest)
        if link is None or link.kind is not LinkKind.WELCOME or link.account_id is None or link.expires_at_ms <= now_ms:
            return False
        if (yield from lock_account(link.account_id)) is None:
            return False
        if not (yield Statement(SQL["insert_first_person"], rows.person_row(person))):
            return False
        yield from change_account(link.account_id, change)
        yield scripts.insert_membership(structs.replace(membership, account_id=link.account_id))
        yield Statement(SQL["delete_welcome_links"], ())
        return True

    @writes
    def delete(self, person_id: str) -> Script[bool]:
        person = yield from scripts.lock_person(person_id)
        yield from scripts.delete_person(person_id)
        return person is not None
