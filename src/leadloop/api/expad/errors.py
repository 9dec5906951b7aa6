"""The error body of the Expad dialect (expad.md section 1)."""

from typing import Any

from leadloop.api.errors import ApiError, dotted, lines
from leadloop.core.errors import Problem

USEFUL_CHARACTERS = 220
"""Clients show this much of the message; the words that help stand within it."""
FIELD_CHARACTERS = 80
"""More of a field's name would push them out."""


def body(error: ApiError) -> dict[str, Any]:
    details = lines(error.problems)
    message = f"{error.message}: {_in_short(error.problems[0])}" if details else error.message
    if len(details) > 1:
        message = f"{message[: USEFUL_CHARACTERS - 20]} (and {len(details) - 1} more)"
    return {"message": message, "messge": message, "code": error.status, "details": details, **error.more}


def _in_short(problem: Problem) -> str:
    name = dotted(problem.field) or "body"
    return f"{name if len(name) <= FIELD_CHARACTERS else name[: FIELD_CHARACTERS - 1] + '…'}: {problem.text}"
