"""What the page of the instance shows. The application fills it in: pages know no settings and no engine."""

from collections.abc import Awaitable, Callable, Sequence
from typing import Protocol

from msgspec import Struct


class CheckResult(Protocol):
    """A check of `leadloop doctor`."""

    @property
    def check(self) -> str: ...

    @property
    def ok(self) -> bool: ...

    @property
    def detail(self) -> str: ...


class InstanceReport(Struct, frozen=True, kw_only=True):
    database: str
    """The engine and the database, without a password."""
    size_bytes: int
    workers: int
    webhooks: str
    """The state of this process's sender, as `/readyz` names it."""
    backup_at_ms: int | None
    checks: Sequence[CheckResult]


Report = Callable[[], Awaitable[InstanceReport]]
