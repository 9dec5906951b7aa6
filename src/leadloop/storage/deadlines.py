"""How long a read that may look at much of an account can take, on both engines."""

from leadloop.core.errors import Overloaded

LONGEST_S = 10.0


def took_too_long() -> Overloaded:
    return Overloaded(f"this takes longer than {LONGEST_S:.0f} s: ask for less, such as a shorter period", 5)
