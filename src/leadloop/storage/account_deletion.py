"""Deletes an account with all its rows, in batches, so that the other accounts of the instance keep being served."""

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
BATCHES = (
    "delete_deliveries",
    "delete_attempts",
    "delete_terms",
    "delete_messages",
    "delete_leads",
    "delete_changes",
    "delete_answers",
    "delete_catalogue",
    "delete_audit",
)
LAST = (
    "delete_leftovers",
    "delete_routes",
    "delete_attributions",
    "delete_catalogue_version",
    "delete_feed",
    "delete_account",
)


class DeletableAccounts(Accounts):
    """An engine implements `_delete_own`, for the tables that the other engine lacks or keys otherwise."""

    async def delete(self, account_id: str) -> bool:
        is_account = await self.get(account_id) is not None
        await self._delete_all(account_id, ENTRANCES)
        while await self._delete_members(account_id) == PEOPLE:
            pass
        while await self._delete_own(account_id, BATCH):
            pass
        for name in BATCHES:
            while await self._delete_batch(account_id, name) == BATCH:
                pass
        await self._delete_all(account_id, LAST)
        return is_account

    async def _delete_own(self, account_id: str, limit: int) -> bool:
        """Deletes at most `limit` rows of each table; returns whether there may be more."""
        raise NotImplementedError

    @writes
    def _delete_all(self, account_id: str, names: tuple[str, ...]) -> Script[None]:
        for name in names:
            yield Statement(SQL[name], (account_id,))

    @writes
    def _delete_batch(self, account_id: str, name: str) -> Script[int]:
        deleted = yield Statement(SQL[name], (account_id, BATCH))
        return len(deleted)

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
