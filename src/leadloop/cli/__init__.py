"""The command line: `leadloop <noun> <verb>`, one module for each noun.

Exit codes: 0 success, 1 failure (one sentence on stderr; none if the reader of the output closed it), 2 invalid usage.
A command writes its result to stdout and all messages about it to stderr. Its module is imported when the command is
called, which saves a third of the start; the worker processes of a server import this package and none of its modules.
"""

import sys
from collections.abc import Sequence


def _import_structlog() -> None:
    """Without rich, which it would use for tracebacks that leadloop never prints: that takes a tenth of the start."""
    if "rich" in sys.modules:
        return
    sys.modules["rich"] = None  # type: ignore[assignment]  # an import fails
    import structlog  # noqa: F401

    del sys.modules["rich"]


_import_structlog()


def main(arguments: Sequence[str] | None = None) -> int:
    """Runs one command; returns the exit code."""
    from leadloop.cli.commands import run

    return run(arguments)
