"""What is wrong with a query, at which character, and how that is shown."""

import unicodedata

from leadloop.core.errors import Problem, Refusal


class SearchError(Refusal):
    """The query can not be read. `at` counts characters from 0.

    The `length` characters from `at` are all within the query, and at least one.
    """

    def __init__(self, at: int, length: int, problem: Problem) -> None:
        super().__init__()
        self.at = at
        self.length = length
        self.problem = problem


def pointed(text: str, error: SearchError) -> str:
    """Three lines for a terminal: the query, carets below what is wrong with it, the problem."""
    shown = "".join(c if c.isprintable() else " " for c in text)
    end = error.at + error.length
    carets = " " * _cells(shown[: error.at]) + "^" * max(1, _cells(shown[error.at : end]))
    return f"{shown}\n{carets}\n{error.problem.text}"


def _cells(text: str) -> int:
    """How wide a terminal writes it: two cells for an East Asian letter, none for an accent of its own."""
    return sum(
        0 if unicodedata.combining(c) else 2 if unicodedata.east_asian_width(c) in ("W", "F") else 1 for c in text
    )
