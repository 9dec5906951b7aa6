"""Stage and status: two views of a lead's progress, and how each changes the other.

The stage is coarse (NEW, ACTIVE, COMPLETE, LOST, or a custom text), the status fine (23 values). Setting one changes
the other only if it leaves the other's group; otherwise the finer value stays (semantics section 1).
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
"""Stage → its statuses. The first one is the status of a lead that enters the stage from another group."""

STAGE_OF = {status: stage for stage, statuses in GROUPS.items() for status in statuses}
STATUSES = frozenset(STAGE_OF)
_CANONICAL = {matching_name(stage): stage for stage in GROUPS}
FIRST_STAGE = "NEW"
FIRST_STATUS = "new"


@lru_cache(maxsize=4_096)
def stage_key(stage: str) -> str:
    """The key that all spellings of a stage share: one of the four as written above, any other by `matching_name`."""
    key = matching_name(stage)
    return _CANONICAL.get(key, key or stage)


def status_for(stage: str, status: str) -> str:
    """The new status of a lead with `status` when its stage is set to `stage`."""
    group = GROUPS.get(stage)
    return status if group is None or status in group else group[0]


def stage_for(status: str, present_stage: str, present_status: str) -> str:
    """The new stage of a lead when its status is set to `status`.

    A custom stage counts as belonging to the group of the present status.
    """
    present = present_stage if present_stage in GROUPS else STAGE_OF[present_status]
    group = STAGE_OF[status]
    return present_stage if group == present else group
