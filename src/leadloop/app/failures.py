"""Describes failures to people."""

import structlog

from leadloop.core.errors import LeadloopError, Unavailable
from leadloop.secrets import BadSecret
from leadloop.settings import BadSettings, DatabaseSettings

_log = structlog.get_logger("leadloop")


def reason(error: BaseException, settings: DatabaseSettings) -> str:
    """One sentence for people. It names only the type of an unexpected error and logs the rest."""
    if isinstance(error, LeadloopError | BadSettings | BadSecret):
        words = " ".join(str(error).split())  # PostgreSQL's words may have several lines
        if isinstance(error, Unavailable):
            problem = "refuses leadloop" if _is_refusal(error, settings) else "cannot be reached"
            return f"{settings.description} {problem}: {words}"
        return words
    if isinstance(error, OSError):
        return error.strerror or type(error).__name__
    _log.error("unexpected error", exc_info=error)
    return f"an unexpected error ({type(error).__name__}); the log line above says where"


def _is_refusal(error: Unavailable, settings: DatabaseSettings) -> bool:
    if settings.is_embedded:
        return False
    from leadloop.storage.postgres.refusals import AccessRefused

    return isinstance(error, AccessRefused)
