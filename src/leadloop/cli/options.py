"""Converts options to the members of a body, so that the API's rules also validate commands."""

import csv
import re
from dataclasses import asdict
from datetime import UTC, datetime
from typing import Any

from cyclopts import Parameter

from leadloop.core.changes import pointer_parts
from leadloop.core.errors import InvalidFields


def option(sentence: str) -> Parameter:
    return Parameter(help=sentence, show_default=False, negative=())


def problems_by_option(error: InvalidFields) -> str:
    """All problems of a body in one sentence, each with its option."""
    return "; ".join(f"{_option_name(problem.field)} {problem.text}" for problem in error.problems)


def given_options(options: Any) -> dict[str, Any]:
    """The options of a dataclass that the command line sets, by name."""
    return {name: value for name, value in asdict(options).items() if value is not None}


def time_value(text: str) -> int | None:
    """Milliseconds; a time without a zone is UTC. `None` for an invalid time."""
    try:
        at = datetime.fromisoformat(text)
        return int((at if at.tzinfo else at.replace(tzinfo=UTC)).timestamp() * 1_000)
    except (ValueError, OverflowError):
        return None


def wire_name(option: str) -> str:
    """`onlyFields` of `only_fields`."""
    first, *rest = option.split("_")
    return first + "".join(part.title() for part in rest)


def text_value(value: str) -> str | None:
    """An empty text clears."""
    return value or None


def list_value(value: str) -> list[str] | None:
    """Items separated by commas; quotes around an item that contains one. An empty text clears."""
    if not value:
        return None
    try:
        return [item.strip() for item in next(csv.reader([value], skipinitialspace=True))]
    except csv.Error:  # a line break without quotes
        return [item.strip() for item in value.split(",")]


def _option_name(field: str) -> str:
    """`--only-fields (2)` of `/onlyFields/1`."""
    name, *rest = pointer_parts(field)
    option = "--" + re.sub("[A-Z]", lambda match: f"-{match[0].lower()}", name).replace("headers", "header")
    return option + "".join(f" ({int(part) + 1 if part.isdigit() else part})" for part in rest)
