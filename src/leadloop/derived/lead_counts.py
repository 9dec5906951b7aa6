"""How many leads an account has, deleted ones not counted. It is a sum over the change log."""

from leadloop.core.changes import Change, pointer

FIELD = pointer("deleted_at_ms")


def lead_count_change(change: Change) -> int:
    """1 if the change creates or restores the lead, -1 if it deletes it."""
    is_new = change.version == 1
    for field in change.fields:
        if field.field == FIELD:
            return int(field.after is None) - int(field.before is None and not is_new)
    return int(is_new)
