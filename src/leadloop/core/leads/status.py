"""Stage and status: two views of how far a lead has come, and how one moves the other.

The stage is coarse (NEW, ACTIVE, COMPLETE, LOST, or a text of the user's own), the status fine (23 values). They
move together only when one leaves the other's group; otherwise the finer value is kept (semantics section 1).
"""

from functools import lru_cache

from leadloop.core.leads.normalize import matching_name

GROUPS: dict[str, tuple[str, ...]] = {
    "NEW": ("new", "pending", "processing"),
    "ACTIVE": (
        "qualified",
        "missing_data",
        "queued",
        "pending_action",
        "no_answer",
        "voicemail",
        "contacted",
        "scheduled_callback",
        "pending_signature",
        "document_sent",
        "signed",
        "delivered",
        "failed",
        "error",
    ),
    "COMPLETE": ("accepted",),
    "LOST": ("rejected", "disqualified", "no_contact", "duplicate", "dnc"),
}
"""Stage → its statuses, first the one that is taken when the stage is set from outside the group."""

STAGE_OF = {status: stage for stage, statuses in GROUPS.items() for status in statuses}
STATUSES = frozenset(STAGE_OF)
_CANONICAL = {matching_name(stage): stage for stage in GROUPS}
FIRST_STAGE = "NEW"
FIRST_STATUS = "new"


@lru_cache(maxsize=4_096)
def stage_key(stage: str) -> str:
    """The same for two spellings of a stage: one of the four as it is written here, any other as names are compared."""
    key = matching_name(stage)
    return _CANONICAL.get(key, key or stage)


def status_for(stage: str, status: str) -> str:
    """The status of a lead with `status` whose stage is set to `stage`."""
    group = GROUPS.get(stage)
    return status if group is None or status in group else group[0]


def stage_for(status: str, present_stage: str, present_status: str) -> str:
    """The stage of a lead whose status is set to `status`.

    A stage outside the four counts as belonging to the present status's group.
    """
    present = present_stage if present_stage in GROUPS else STAGE_OF[present_status]
    group = STAGE_OF[status]
    return present_stage if group == present else group
