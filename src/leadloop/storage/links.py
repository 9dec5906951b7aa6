"""One-time links: `core.people.store.LinkStore`."""

import os
from collections.abc import Callable

from leadloop.core.people.model import Link, Person
from leadloop.storage import people_rows as rows
from leadloop.storage import people_scripts as scripts
from leadloop.storage.nouns import Noun, ScriptRunner, reads, writes
from leadloop.storage.scripts import Script, Statement
from leadloop.storage.sql import statements

SQL = statements(__file__)


class Links(Noun[ScriptRunner]):
    @writes
    def add(self, link: Link) -> Script[None]:
        values = link.digest, link.kind.value, link.person_id, link.account_id
        yield Statement(SQL["delete_replaced_links"], values)
        yield scripts.insert_link(link)

    @reads
    def get(self, digest: bytes) -> Script[Link | None]:
        return (yield from scripts.read_link(digest))

    async def use(self, digest: bytes, now_ms: int, change: Callable[[Person], Person]) -> Person | None:
        return await self._use(digest, now_ms, change, os.urandom(16).hex())

    @writes
    def _use(self, digest: bytes, now_ms: int, change: Callable[[Person], Person], call: str) -> Script[Person | None]:
        """`call` tells a rerun, whose earlier attempt was committed, from another use of the link. Locks the person
        first, as deletions do."""
        records = yield Statement(SQL["get_usable_link"], (digest, now_ms, call))
        link = rows.link(records[0]) if records else None
        if link is None or link.person_id is None:
            return None
        person = yield from scripts.lock_person(link.person_id)
        if person is None or not (yield Statement(SQL["use_link"], (digest, call))):
            return None
        if link.account_id is not None:
            yield Statement(SQL["activate_membership"], (link.account_id, person.id))
        yield Statement(SQL["delete_obsolete_links"], (person.id, link.kind.value, digest, link.account_id))
        return (yield from scripts.change_person(person, change))
