"""The tasks of a lead: what is still to do, the most urgent first, and what is done. Pure."""

from collections.abc import Sequence

from msgspec import Struct

from leadloop.core.leads.model import Lead
from leadloop.core.leads.parts import Activity

MOST_DONE = 20


class LeadTask(Struct, frozen=True):
    activity: Activity
    is_late: bool


class LeadTasks(Struct, frozen=True):
    open: Sequence[LeadTask]
    """Those with a due time by it, then the others."""
    done: Sequence[Activity]
    """The last `MOST_DONE` completed ones, newest first."""
    done_count: int


def tasks_of(lead: Lead, now_ms: int) -> LeadTasks:
    done = [activity for activity in lead.activities if is_done(activity)]
    done.sort(key=lambda activity: activity.completed_at_ms or activity.due_at_ms or 0, reverse=True)
    todo = [activity for activity in lead.activities if not is_done(activity)]
    todo.sort(key=lambda activity: (activity.due_at_ms is None, activity.due_at_ms))
    late = [LeadTask(activity, activity.due_at_ms is not None and activity.due_at_ms < now_ms) for activity in todo]
    return LeadTasks(late, done[:MOST_DONE], len(done))


def is_done(activity: Activity) -> bool:
    return bool(activity.is_complete) or activity.completed_at_ms is not None
