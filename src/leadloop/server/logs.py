"""Logging, set up once for every process: pretty on a terminal, JSON lines elsewhere, always to stderr.

Log lines hold no personal data and no keys. So of an exception only the type and the places are written, not the
message: the messages of drivers and parsers quote the values they are about.
"""

import logging
import os
import sys
import traceback

import structlog
from structlog.types import EventDict, Processor, WrappedLogger

_SAID_ELSEWHERE = ("Application startup failed. Exiting.", "Invalid HTTP request received.")


def configure(level: str) -> None:
    shared: list[Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_logger_name,
        structlog.stdlib.add_log_level,
        structlog.stdlib.PositionalArgumentsFormatter(),
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        _exception_without_values,
    ]
    pretty = sys.stderr.isatty()
    renderer: Processor = (
        structlog.dev.ConsoleRenderer(colors="NO_COLOR" not in os.environ)
        if pretty
        else structlog.processors.JSONRenderer()
    )
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=shared, processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, renderer]
        )
    )
    logging.basicConfig(handlers=[handler], level=level.upper(), force=True)
    uvicorn = logging.getLogger("uvicorn.error")
    uvicorn.setLevel(max(logging.WARNING, logging.getLevelName(level.upper())))
    uvicorn.addFilter(lambda record: record.msg not in _SAID_ELSEWHERE)
    logging.getLogger("asyncio").setLevel(logging.WARNING)
    structlog.configure(
        processors=[structlog.stdlib.filter_by_level, *shared, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
        cache_logger_on_first_use=True,
    )


def _exception_without_values(logger: WrappedLogger, method: str, event: EventDict) -> EventDict:
    """Puts `error` (types, the cause first) and `at` (places, the innermost last) in the place of `exc_info`."""
    given = event.pop("exc_info", None)
    if given is True:
        given = sys.exc_info()
    error = given[1] if isinstance(given, tuple) else given
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
