"""The stages a lead has gone through, as its change log tells."""

from collections.abc import Sequence
from itertools import pairwise
from typing import NamedTuple

from leadloop.core.leads.status import FIRST_STAGE, stage_key


class Move(NamedTuple):
    """A change that set the stage: of those that created a lead (version 1) only one that did not leave it at NEW."""

    version: int
    at_ms: int
    stage: str


class Stay(NamedTuple):
    """From one move to the next; without an end where the lead is now."""

    stage: str
    since_ms: int
    until_ms: int | None = None
    to: str | None = None


def different(moves: Sequence[Move]) -> list[Move]:
    """Without those to the stage where the lead was, in another spelling."""
    found: list[Move] = []
    present = FIRST_STAGE
    for move in moves:
        key = stage_key(move.stage)
        if key != present or move.version == 1:
            found.append(move)
        present = key
    return found


def first_left_ms(moves: Sequence[Move]) -> int | None:
    """When the lead left the stage it was made in."""
    later = (move.at_ms for move in moves if move.version > 1)
    return next(later, None)


def now_since_ms(created_at_ms: int, moves: Sequence[Move]) -> int:
    """Since when the lead is in the stage where it is now."""
    return moves[-1].at_ms if moves else created_at_ms


def stays(created_at_ms: int, moves: Sequence[Move]) -> list[Stay]:
    """All of a lead's, at least one. `moves` are in the order of their versions."""
    first = [] if moves and moves[0].version == 1 else [Move(1, created_at_ms, FIRST_STAGE)]
    every = [*first, *moves]
    ended = [Stay(one.stage, one.at_ms, after.at_ms, after.stage) for one, after in pairwise(every)]
    return [*ended, Stay(every[-1].stage, every[-1].at_ms)]
