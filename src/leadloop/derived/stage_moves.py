"""The stages that a lead passes through. The change log has the stage that a change set."""

from leadloop.core.changes import Change, pointer
from leadloop.core.leads.matching import Country
from leadloop.core.leads.model import Lead
from leadloop.derived.projection import Projection

FIELD = pointer("stage")


def _stage(lead: Lead, _: Country) -> tuple[str]:
    return (lead.stage,)


STAGES: Projection[str] = Projection("stages", {"stage": _stage})


def new_stage(change: Change) -> str | None:
    """The stage that the change set; most changes set none."""
    for field in change.fields:
        if field.field == FIELD:
            stage: str = field.after
            return stage
    return None
