"""Memberships: `core.people.store.MembershipStore`."""

from collections.abc import Callable

from msgspec import structs

from leadloop.core.accounts import Account
from leadloop.core.people.model import Link, Member, Membership, Person
from leadloop.core.writes.idempotency import AnswerKey
from leadloop.storage import people_rows as rows
from leadloop.storage import people_scripts as scripts
from leadloop.storage import stored_answers
from leadloop.storage.accounts import lock_account
from leadloop.storage.nouns import Noun, ScriptRunner, reads, writes
from leadloop.storage.scripts import Script, Statement
from leadloop.storage.sql import statements

SQL = statements(__file__)


class Memberships(Noun[ScriptRunner]):
    @reads
    def get(self, account_id: str, person_id: str) -> Script[Member | None]:
        return (yield from _read_member(account_id, person_id))

    @reads
    def of_account(self, account_id: str, after: str, limit: int) -> Script[list[Member]]:
        records = yield Statement(SQL["list_members"], (account_id, after, limit))
        return list(map(rows.member, records))

    @reads
    def of_person(self, person_id: str) -> Script[list[tuple[Membership, Account]]]:
        return (yield from scripts.memberships_of(person_id))

    @reads
    def pairs(self) -> Script[list[tuple[str, str]]]:
        records = yield Statement(SQL["list_pairs"], ())
        return [(account_id, person_id) for account_id, person_id in records]

    @writes
    def invite(
        self, person: Person, membership: Membership, link: Link, answer_key: AnswerKey | None = None
    ) -> Script[Person | None]:
        earlier = yield from scripts.read_link(link.digest)
        if earlier is not None and earlier.person_id is not None:  # an earlier attempt has stored everything
            return (yield from scripts.read_person(earlier.person_id))
        account_id, stored = membership.account_id, (yield from scripts.upsert_person(person))
        if not (yield scripts.insert_membership(structs.replace(membership, person_id=stored.id))):
            yield from stored_answers.reject_repeat(account_id, answer_key)
            return None
        yield from stored_answers.store(account_id, answer_key, stored.id)
        yield scripts.insert_link(structs.replace(link, person_id=stored.id))
        return stored

    @writes
    def change(
        self, account_id: str, person_id: str, change: Callable[[Membership, int], Membership]
    ) -> Script[Member | None]:
        """The account's row is the lock: two owners who demote each other at once must not both succeed."""
        yield from lock_account(account_id)
        member = yield from _read_member(account_id, person_id)
        if member is None:
            return None
        (owners,) = (yield Statement(SQL["count_other_owners"], (account_id, person_id)))[0]
        changed = change(member.membership, owners)
        if changed != member.membership:
            values = account_id, person_id, *rows.membership_changes(changed)
            yield Statement(SQL["update_membership"], values)
        return Member(member.person, changed)

    @writes
    def touch(self, account_id: str, person_id: str, at_ms: int) -> Script[None]:
        yield Statement(SQL["touch_membership"], (account_id, person_id, at_ms))


def _read_member(account_id: str, person_id: str) -> Script[Member | None]:
    records = yield Statement(SQL["get_member"], (account_id, person_id))
    return rows.member(records[0]) if records else None
