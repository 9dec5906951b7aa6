"""Options that become the members of a body, so that the API's rules hold for commands too."""

import csv
import re
from collections.abc import Awaitable, Callable
from typing import TypeVar

from cyclopts import Parameter

from leadloop.cli.database import run
from leadloop.cli.output import Failed
from leadloop.core.changes import pointer_parts
from leadloop.core.errors import InvalidFields
from leadloop.settings import DatabaseSettings

T = TypeVar("T")


def option(sentence: str) -> Parameter:
    return Parameter(help=sentence, show_default=False, negative=())


def run_with_body(settings: DatabaseSettings, command: Callable[[], Awaitable[T]]) -> T:
    """Like `run`. All problems of a body are told at once, by the options that they are about."""

    async def done() -> T:
        try:
            return await command()
        except InvalidFields as error:
            problems = [f"{_option_name(problem.field)} {problem.text}" for problem in error.problems]
            raise Failed("; ".join(problems)) from None

    return run(settings, done)


def wire_name(option: str) -> str:
    """`onlyFields` of `only_fields`."""
    first, *rest = option.split("_")
    return first + "".join(part.title() for part in rest)


def text_value(value: str) -> str | None:
    """An empty text clears."""
    return value or None


def list_value(value: str) -> list[str] | None:
    """Separated by commas; quotes are for a value with a comma in it. An empty text clears."""
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
