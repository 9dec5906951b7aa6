"""The time limit of reads that may scan much of an account, on both engines."""

from leadloop.core.errors import Overloaded

LONGEST_S = 10.0


def read_timeout() -> Overloaded:
    return Overloaded(f"this takes longer than {LONGEST_S:.0f} s: ask for less, such as a shorter period", 5)
