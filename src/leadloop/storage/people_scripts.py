"""Scripts about people, memberships and links that several nouns run."""

from collections.abc import Callable

from leadloop.core.accounts import Account
from leadloop.core.people.model import Link, Membership, Person
from leadloop.storage import people_rows as rows
from leadloop.storage.rows import account
from leadloop.storage.scripts import Script, Statement
from leadloop.storage.sql import statements

SQL = statements(__file__)


def read_person(person_id: str) -> Script[Person | None]:
    records = yield Statement(SQL["get_person"], (person_id,))
    return rows.person(records[0]) if records else None


def lock_person(person_id: str) -> Script[Person | None]:
    records = yield Statement(SQL["lock_person"], (person_id,))
    return rows.person(records[0]) if records else None


def upsert_person(person: Person) -> Script[Person]:
    """Stores the person unless one has the e-mail; returns the stored one, locked."""
    records = yield Statement(SQL["upsert_person"], rows.person_row(person))
    return rows.person(records[0])


def change_person(person: Person, change: Callable[[Person], Person]) -> Script[Person]:
    """Of a locked person."""
    changed = change(person)
    if changed != person:
        yield Statement(SQL["update_person"], (person.id, *rows.person_changes(changed)))
    return changed


def delete_person(person_id: str) -> Script[None]:
    """With all memberships, private views, sessions and links. Lock the person before."""
    for account_id in (yield from accounts_of(person_id)):
        yield delete_membership(account_id, person_id)
        yield Statement(SQL["delete_views"], (account_id, f"user:{person_id}"))
    for name in ("delete_sessions", "delete_links", "delete_person"):
        yield Statement(SQL[name], (person_id,))


def accounts_of(person_id: str) -> Script[list[str]]:
    records = yield Statement(SQL["list_account_ids"], (person_id,))
    return [account_id for (account_id,) in records]


def memberships_of(person_id: str) -> Script[list[tuple[Membership, Account]]]:
    """By the name of the account."""
    records = [[*record] for record in (yield Statement(SQL["list_accounts_of_person"], (person_id,)))]
    width = rows.MEMBERSHIP_COLUMNS
    pairs = [(rows.membership(record[:width]), account(record[width:])) for record in records]
    return sorted(pairs, key=lambda pair: (pair[1].name.casefold(), pair[1].id))


def insert_membership(membership: Membership) -> Statement:
    """Returns no row if the person is a member already."""
    return Statement(SQL["insert_membership"], rows.membership_row(membership))


def delete_membership(account_id: str, person_id: str) -> Statement:
    return Statement(SQL["delete_membership"], (account_id, person_id))


def insert_link(link: Link) -> Statement:
    return Statement(SQL["insert_link"], rows.link_row(link))


def read_link(digest: bytes) -> Script[Link | None]:
    """A link that was not used."""
    records = yield Statement(SQL["get_link"], (digest,))
    return rows.link(records[0]) if records else None
