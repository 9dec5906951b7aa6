"""What the commands have in common: each runs against the database and prints its result."""

import functools
import inspect
from collections.abc import Awaitable, Callable, Sequence
from typing import Any, NamedTuple

from leadloop.cli.database import run
from leadloop.cli.output import AsJson, note, show_json


class Result(NamedTuple):
    value: Any
    """What `--json` prints."""
    text: str | Callable[[], None]
    """What is printed without it, or what prints that."""
    notes: Sequence[str] = ()
    """Printed to stderr in either case, behind the result."""
    exit_code: int = 0


def command(body: Callable[..., Awaitable[Result]]) -> Callable[..., int]:
    """A command that runs `body` and prints what it returns. Every failure ends it with one sentence.

    `body` takes the settings last. The command has one more option before them: `--json`.
    """
    signature = inspect.signature(body)
    *parameters, settings = signature.parameters.values()

    @functools.wraps(body)
    def run_and_print(*arguments: Any, json: bool = False, **options: Any) -> int:
        result = run(options.get(settings.name, settings.default), lambda: body(*arguments, **options))
        if json:
            show_json(result.value)
        elif isinstance(result.text, str):
            print(result.text)
        else:
            result.text()
        for sentence in result.notes:
            note(sentence)
        return result.exit_code

    as_json = inspect.Parameter("json", inspect.Parameter.KEYWORD_ONLY, default=False, annotation=AsJson)
    run_and_print.__signature__ = signature.replace(parameters=[*parameters, as_json, settings])  # type: ignore[attr-defined]
    return run_and_print
