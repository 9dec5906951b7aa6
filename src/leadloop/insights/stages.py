"""The stages that a lead has passed through, from its change log."""

from collections.abc import Sequence
from itertools import pairwise
from typing import NamedTuple

from leadloop.core.leads.status import FIRST_STAGE, stage_key


class Move(NamedTuple):
    """A change that set the stage. Version 1, which creates the lead, is one only if its stage is not NEW."""

    version: int
    at_ms: int
    stage: str


class Stay(NamedTuple):
    """The time from one move to the next; the current stay has no end."""

    stage: str
    since_ms: int
    until_ms: int | None = None
    to: str | None = None


def without_repeats(moves: Sequence[Move]) -> list[Move]:
    """The moves without those to another spelling of the current stage."""
    effective: list[Move] = []
    present = FIRST_STAGE
    for move in moves:
        key = stage_key(move.stage)
        if key != present or move.version == 1:
            effective.append(move)
        present = key
    return effective


def first_exit_ms(moves: Sequence[Move]) -> int | None:
    """The time at which the lead left its first stage; `None` if it did not."""
    later = (move.at_ms for move in moves if move.version > 1)
    return next(later, None)


def stage_since_ms(created_at_ms: int, moves: Sequence[Move]) -> int:
    """The time at which the lead entered its current stage."""
    return moves[-1].at_ms if moves else created_at_ms


def stays(created_at_ms: int, moves: Sequence[Move]) -> list[Stay]:
    """All stays of a lead, at least one. `moves` are in order of versions."""
    first = [] if moves and moves[0].version == 1 else [Move(1, created_at_ms, FIRST_STAGE)]
    all_moves = [*first, *moves]
    ended = [Stay(move.stage, move.at_ms, next_move.at_ms, next_move.stage) for move, next_move in pairwise(all_moves)]
    return [*ended, Stay(all_moves[-1].stage, all_moves[-1].at_ms)]
