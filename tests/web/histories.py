"""Leads with a long history, for the pages that show it."""

from collections.abc import Callable, Iterator, Sequence
from typing import Any

from leadloop.core.ids import new_id, stamp
from leadloop.core.leads.model import blank_lead
from leadloop.core.leads.patch import LeadPatch
from leadloop.core.writes.unit import History, Saved
from leadloop.core.writes.use_cases import change

MINUTE_MS = 60_000
START_MS = 1_780_000_000_000


def history(
    account_id: str,
    versions: int,
    patch_of: Callable[[int], dict[str, Any]],
    *,
    gap_ms: int = 10 * MINUTE_MS,
    actors: Sequence[str] = ("key:site", "user:ana"),
    first: dict[str, Any] | None = None,
) -> History:
    """A lead with so many versions, one each `gap_ms`; the actors take turns. `patch_of` gets the version."""
    lead = blank_lead(account_id, new_id(START_MS), START_MS)
    saved: list[Saved] = []
    for version in range(1, versions + 1):
        at_ms = START_MS + version * gap_ms
        fields = {"name": "Ana Souza", **(first or {})} if version == 1 else patch_of(version)
        actor = actors[version % len(actors)]
        one = change(lead, LeadPatch(**fields), stamp(at_ms, f"req_{new_id(at_ms)}", actor, "expad"))
        assert one is not None, version
        saved.append(one)
        lead = one.lead
    return saved


def details(version: int) -> dict[str, Any]:
    """A change that every version can make."""
    return {"detail": f"detail {version}", "thermometer": ("COLD", "WARM", "HOT")[version % 3]}


def iterate(*histories: History) -> Iterator[History]:
    yield from histories
