"""What saved views need of a database. `core.store.Store` includes it; any method raises `Unavailable`."""

from collections.abc import Callable
from typing import Protocol

from leadloop.core.saved_views.model import SavedView
from leadloop.core.writes.idempotency import AnswerKey


class SavedViewStore(Protocol):
    async def add(self, view: SavedView, most: int, answer_key: AnswerKey | None = None) -> None:
        """Raises `SavedViewExists`, and `SavedViewsFull` if its holder has `most` views already; with `answer_key`
        `AnsweredBefore`, `KeyReused`."""

    async def get(self, account_id: str, view_id: str) -> SavedView | None: ...

    async def visible_to(self, account_id: str, actor: str, after: str, limit: int) -> list[SavedView]:
        """Shared views and the actor's own, in order of their ids, those with a greater id than `after`."""

    async def all(self) -> list[SavedView]:
        """Of every account, for checking them."""

    async def change(
        self, account_id: str, view_id: str, change: Callable[[SavedView], SavedView], most: int
    ) -> SavedView | None:
        """Replaces all but account, id, owner and creation, under a lock on the account; `None` if there is no such
        view. `change` may run again and must be pure; what it raises is raised. Raises as `add` does.
        """

    async def delete(self, account_id: str, view_id: str) -> bool:
        """Whether there was one."""
