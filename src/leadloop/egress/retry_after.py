"""The `Retry-After` header field (RFC 9110, section 10.2.3). Pure."""

import re
from datetime import UTC
from email.utils import parsedate_to_datetime

RETRY_AFTER_LIMIT_MS = 6 * 3_600_000

_SECONDS = re.compile(r"0*([0-9]{1,10})[0-9]*", re.ASCII)


def retry_after_ms(text: str | None, now_ms: int) -> int:
    """How long the field asks to wait, in seconds or until a date; at most 6 h, and 0 if it is unreadable."""
    text = (text or "").strip()
    if (seconds := _SECONDS.fullmatch(text)) is not None:
        wait_ms = int(seconds[1]) * 1_000  # more digits are beyond the limit anyway
    else:
        try:
            at = parsedate_to_datetime(text)
            wait_ms = round(at.replace(tzinfo=at.tzinfo or UTC).timestamp() * 1_000) - now_ms
        except (ValueError, TypeError, IndexError, OverflowError):
            return 0
    return min(max(wait_ms, 0), RETRY_AFTER_LIMIT_MS)
