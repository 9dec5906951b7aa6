"""How long a read that may look at much of an account can take, on both engines."""

from leadloop.core.errors import Overloaded, Problem

LONGEST_S = 10.0


def took_too_long() -> Overloaded:
    return Overloaded(Problem("too_slow", limit_s=round(LONGEST_S)), 5)
