"""Deletes an account with all its rows, in batches, so that the other accounts of the instance keep being served."""

from collections.abc import Mapping, Sequence
from typing import Any, ClassVar

from leadloop.storage import people_scripts
from leadloop.storage.accounts import Accounts
from leadloop.storage.nouns import writes
from leadloop.storage.scripts import Script, Statement
from leadloop.storage.sql import statements

SQL = statements(__file__)

BATCH = 1_000
"""Rows that one transaction deletes: some 10 ms, for which the embedded engine's other writes wait."""
PEOPLE = 50
ENTRANCES = "delete_keys", "delete_endpoints", "delete_links"
LEAST = -(2**63)
BATCHES: Mapping[str, Sequence[Any]] = {
    SQL["delete_deliveries"]: ("", "", LEAST),
    SQL["delete_attempts"]: ("", "", LEAST, LEAST, LEAST),
    SQL["delete_terms"]: ("", "", LEAST, ""),
    SQL["delete_messages"]: ("", ""),
    SQL["delete_leads"]: ("",),
    SQL["delete_changes"]: ("", LEAST),
    SQL["delete_answers"]: ("",),
    SQL["delete_catalogue"]: ("", ""),
    SQL["delete_audit"]: ("",),
    SQL["delete_views"]: ("",),
}
"""Statements that delete a batch, each with the key that its first batch begins after. Each later one begins where the
previous one ended: PostgreSQL would read through all rows that are deleted already."""
LAST = (
    "delete_leftovers",
    "delete_routes",
    "delete_attributions",
    "delete_catalogue_version",
    "delete_feed",
    "delete_account",
)


class DeletableAccounts(Accounts):
    """An engine adds the tables that the other engine lacks or keys otherwise."""

    own_batches: ClassVar[Mapping[str, Sequence[Any]]] = {}
    own_rest: ClassVar[Sequence[str]] = ()
    """Statements that delete a few rows."""

    async def delete(self, account_id: str) -> bool:
        is_account = await self.get(account_id) is not None
        await self._delete_few(account_id, [SQL[name] for name in ENTRANCES])
        while await self._delete_members(account_id) == PEOPLE:
            pass
        while await self._delete_full_text(account_id, BATCH) == BATCH:
            pass
        for sql, key in {**BATCHES, **self.own_batches}.items():
            last: Sequence[Any] | None = key
            while last is not None:
                last = await self._delete_batch(account_id, sql, last)
        await self._delete_few(account_id, [*self.own_rest, *(SQL[name] for name in LAST)])
        return is_account

    async def _delete_full_text(self, account_id: str, limit: int) -> int:
        """Deletes at most `limit` leads from a full text that is no table of its own; returns how many."""
        return 0

    @writes
    def _delete_few(self, account_id: str, statements: Sequence[str]) -> Script[None]:
        for sql in statements:
            yield Statement(sql, (account_id,))

    @writes
    def _delete_batch(self, account_id: str, sql: str, after: Sequence[Any]) -> Script[Sequence[Any] | None]:
        """The last key of the batch, if there may be more."""
        keys = [tuple(record) for record in (yield Statement(sql, (account_id, BATCH, *after)))]
        return max(keys) if len(keys) == BATCH else None

    @writes
    def _delete_members(self, account_id: str) -> Script[int]:
        """With the people who are in no other account. Each is locked first: an invitation to another account waits."""
        records = yield Statement(SQL["list_person_ids"], (account_id, PEOPLE))
        for (person_id,) in records:
            yield from people_scripts.lock_person(person_id)
            if (yield from people_scripts.accounts_of(person_id)) == [account_id]:
                yield from people_scripts.delete_person(person_id)
            else:
                yield people_scripts.delete_membership(account_id, person_id)
        return len(records)
