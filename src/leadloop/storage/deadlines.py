"""The time limit of reads that may scan much of an account, on both engines."""

from leadloop.core.errors import Overloaded, Problem

LONGEST_S = 10.0


def read_timeout() -> Overloaded:
    return Overloaded(Problem("too_slow", limit_s=round(LONGEST_S)), 5)
