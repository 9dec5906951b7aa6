"""Leads counted by stage and currency."""

from typing import NamedTuple


class StageSum(NamedTuple):
    stage: str
    """The key of the stage (`status.stage_key`)."""
    currency: str | None
    """That of the leads; `None` for the account's."""
    leads: int
    value_micros: int
