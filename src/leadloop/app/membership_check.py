"""Checks that people, memberships and accounts belong together."""

from collections.abc import AsyncIterator
from typing import NamedTuple

from leadloop.core.people.model import Person
from leadloop.core.store import Store

PAGE = 500


class MembershipFindings(NamedTuple):
    people: int
    memberships: int
    problems: list[str]


async def check_memberships(store: Store) -> MembershipFindings:
    """An operator may be in no account. Somebody who is invited or deleted meanwhile may be reported wrongly."""
    pairs = await store.memberships.pairs()
    accounts = {account.id for account in await store.accounts.all()}
    people = [person async for person in _people(store)]
    members, person_ids = {person_id for _, person_id in pairs}, {person.id for person in people}
    problems = [
        f"person {person_id} is a member of {account_id}, which is no account"
        for account_id, person_id in pairs
        if account_id not in accounts
    ]
    problems += [
        f"account {account_id} has the member {person_id}, who is no person"
        for account_id, person_id in pairs
        if person_id not in person_ids
    ]
    problems += [
        f"person {person.id} is in no account: run `leadloop users delete {person.id}`"
        for person in people
        if person.id not in members and not person.is_operator
    ]
    return MembershipFindings(len(people), len(pairs), problems)


async def _people(store: Store) -> AsyncIterator[Person]:
    after = ""
    while page := await store.people.all(after, PAGE):
        for person in page:
            yield person
        after = page[-1].id
