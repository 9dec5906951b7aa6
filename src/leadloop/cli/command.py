"""The frame of all commands: it runs one against the database and prints its result."""

import functools
import inspect
from collections.abc import Awaitable, Callable, Sequence
from typing import Any, NamedTuple

from leadloop.cli.database import run
from leadloop.cli.output import AsJson, note, show_json


class Result(NamedTuple):
    value: Any
    """Printed by `--json`."""
    text: str | Callable[[], None]
    """Printed otherwise; or a function that prints."""
    notes: Sequence[str] = ()
    """Printed to stderr in both cases, after the result."""
    exit_code: int = 0


def command(body: Callable[..., Awaitable[Result]]) -> Callable[..., int]:
    """A command that runs `body` and prints its result. Any failure ends it with one sentence.

    The last parameter of `body` is the settings. The command inserts the option `--json` before them.
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
