"""The error body of the Expad dialect (expad.md section 1)."""

from typing import Any

from leadloop.api.errors import ApiError, dotted_path, lines
from leadloop.core.errors import Problem

USEFUL_CHARACTERS = 220
"""Clients show only this much of a message, so the helpful words come first."""
FIELD_CHARACTERS = 80
"""A longer field name would push them out."""


def body(error: ApiError) -> dict[str, Any]:
    details = lines(error.problems)
    message = f"{error.message}: {_summary(error.problems[0])}" if details else error.message
    if len(details) > 1:
        message = f"{message[: USEFUL_CHARACTERS - 20]} (and {len(details) - 1} more)"
    return {"message": message, "messge": message, "code": error.status, "details": details, **error.more}


def _summary(problem: Problem) -> str:
    name = dotted_path(problem.field) or "body"
    return f"{name if len(name) <= FIELD_CHARACTERS else name[: FIELD_CHARACTERS - 1] + '…'}: {problem.text}"
