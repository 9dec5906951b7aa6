"""The error body of the Expad dialect (expad.md section 1)."""

from typing import Any

from leadloop.api.errors import ApiError, lines

USEFUL_CHARACTERS = 220
"""Clients show this much of the message; the words that help stand within it."""


def body(error: ApiError) -> dict[str, Any]:
    details = lines(error.problems)
    message = error.message if not details else f"{error.message}: {details[0]}"
    if len(details) > 1:
        message = f"{message[: USEFUL_CHARACTERS - 20]} (and {len(details) - 1} more)"
    return {"message": message, "messge": message, "code": error.status, "details": details}
