"""Configures logging, once in every process: readable on a terminal, JSON lines elsewhere, always to stderr.

Log lines contain no personal data and no keys. An exception is therefore logged by its type and its places in the
code, without its message: drivers and parsers quote values in theirs.
"""

import logging
import os
import sys
import threading
import traceback
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TextIO

import structlog
from structlog.types import EventDict, Processor, WrappedLogger

from leadloop.server.output import QueuedOutput, queued_output

STDERR = 2
_LOGGED_ELSEWHERE = ("Application startup failed. Exiting.", "Invalid HTTP request received.")
_log = structlog.get_logger("leadloop.server")


@contextmanager
def queued(level: str) -> Iterator[None]:
    """Configures the log of a server or worker: it writes to stderr through a queue, so that nothing waits for the
    reader of the log. At the end it waits up to 2 s for the last lines."""
    with queued_output(STDERR, _describe_gap) as output:
        configure(level, output)
        warnings.showwarning = _log_warning
        threading.excepthook = _log_thread
        sys.unraisablehook = _log_unraisable
        yield


def configure(level: str, output: QueuedOutput | None = None) -> None:
    """Writes to stderr directly, or to `output`."""
    shared: list[Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_logger_name,
        structlog.stdlib.add_log_level,
        structlog.stdlib.PositionalArgumentsFormatter(),
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        _exception_without_values,
    ]
    handler: logging.Handler = logging.StreamHandler(sys.stderr) if output is None else _QueueHandler(output)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=[_event_loop_without_values, *shared],
            processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, _renderer()],
        )
    )
    logging.basicConfig(handlers=[handler], level=level.upper(), force=True)
    uvicorn = logging.getLogger("uvicorn.error")
    uvicorn.setLevel(max(logging.WARNING, logging.getLevelName(level.upper())))
    uvicorn.addFilter(lambda record: record.msg not in _LOGGED_ELSEWHERE)
    logging.getLogger("asyncio").setLevel(logging.WARNING)
    structlog.configure(
        processors=[structlog.stdlib.filter_by_level, *shared, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
        cache_logger_on_first_use=True,
    )


class _QueueHandler(logging.Handler):
    def __init__(self, output: QueuedOutput) -> None:
        super().__init__()
        self._output = output

    def emit(self, record: logging.LogRecord) -> None:
        try:
            line = self.format(record)
        except Exception as error:  # logging's own handler would print the values to stderr
            event = {"event": "a log line could not be made", "logger": record.name, "error": type(error).__name__}
            line = _render("error", event)
        self._output.write(f"{line}\n")


def _renderer() -> Processor:
    if os.isatty(STDERR):
        return structlog.dev.ConsoleRenderer(colors="NO_COLOR" not in os.environ)
    return structlog.processors.JSONRenderer()


def _render(level: str, event: EventDict) -> str:
    """A log line that bypasses the loggers, for the code that writes their lines."""
    event = {**event, "level": level}
    stamp, renderer = structlog.processors.TimeStamper(fmt="iso", utc=True), _renderer()
    return str(renderer(None, level, stamp(None, level, event)))


def _describe_gap(dropped: int) -> str:
    event = {
        "event": "log lines were dropped: nobody read them, or they could not be written",
        "dropped": dropped,
        "logger": "leadloop.server",
    }
    return _render("warning", event) + "\n"


def _log_warning(
    message: Warning | str,
    category: type[Warning],
    filename: str,
    lineno: int,
    file: TextIO | None = None,
    line: str | None = None,
) -> None:
    """Logs a warning without its text, which may quote values."""
    _log.warning("Python warns", category=category.__name__, at=f"{filename}:{lineno}")


def _log_thread(arguments: threading.ExceptHookArgs) -> None:
    name = arguments.thread.name if arguments.thread else ""
    _log.error("a thread ended by an error", thread=name, exc_info=arguments.exc_value)


def _log_unraisable(arguments: "sys.UnraisableHookArgs") -> None:
    _log.error("an error could not be raised", exc_info=arguments.exc_value)


def _event_loop_without_values(logger: WrappedLogger, method: str, event: EventDict) -> EventDict:
    """Drops the representations of callbacks, tasks and errors, with their values, that asyncio logs."""
    if event["_record"].name == "asyncio":
        text = str(event["event"]).partition("\n")[0]
        event["event"] = "an error in the event loop that nothing handled" if event.get("exc_info") else text
    return event


def _exception_without_values(logger: WrappedLogger, method: str, event: EventDict) -> EventDict:
    """Replaces `exc_info` by `error` (its types, the outermost first) and `at` (its places, the innermost last)."""
    info = event.pop("exc_info", None)
    if info is True:
        info = sys.exc_info()
    error = info[1] if isinstance(info, tuple) else info
    if not isinstance(error, BaseException):
        return event
    event["event"] = str(event["event"]).strip()
    event["at"] = [
        f"{frame.filename}:{frame.lineno} {frame.name}" for frame in traceback.extract_tb(error.__traceback__)
    ]
    chain: list[str] = []
    seen: set[int] = set()
    while error is not None and id(error) not in seen:
        seen.add(id(error))
        chain.append(f"{type(error).__module__}.{type(error).__qualname__}")
        error = error.__cause__ or error.__context__
    event["error"] = " < ".join(chain)
    return event
