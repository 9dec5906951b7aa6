"""Errors in a query with their position, and their display in a terminal."""

import unicodedata

from leadloop.core.errors import Problem, Refusal


class SearchError(Refusal):
    """The query cannot be read. `at` counts characters from 0.

    The `length` characters from `at` are within the query; `length` is at least 1.
    """

    def __init__(self, at: int, length: int, problem: Problem) -> None:
        super().__init__()
        self.at = at
        self.length = length
        self.problem = problem


def point_at_error(text: str, error: SearchError) -> str:
    """Three lines for a terminal: the query, carets below the error, the problem."""
    shown = "".join(c if c.isprintable() else " " for c in text)
    end = error.at + error.length
    carets = " " * _cells(shown[: error.at]) + "^" * max(1, _cells(shown[error.at : end]))
    return f"{shown}\n{carets}\n{error.problem.text}"


def _cells(text: str) -> int:
    """The width of the text in a terminal: two cells for an East Asian letter, none for a combining accent."""
    return sum(
        0 if unicodedata.combining(c) else 2 if unicodedata.east_asian_width(c) in ("W", "F") else 1 for c in text
    )
