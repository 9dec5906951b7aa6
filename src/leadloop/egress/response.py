"""What is kept of a response: status, header fields and the beginning of the body.

It is untrusted text: bounded, never decompressed or interpreted, and escaped wherever it is shown.
"""

from codecs import getincrementaldecoder
from collections.abc import Mapping

from aiohttp import ClientResponse

from leadloop.egress.retry_after import retry_after_ms

RETRY_AFTER_STATUSES = frozenset({429, 503})
_REPLACED = "\N{REPLACEMENT CHARACTER}"


class PartialResponse:
    """Filled while the response arrives, so that what came before a failure is kept."""

    def __init__(self) -> None:
        self.status: int | None = None
        self.headers: Mapping[str, str] = {}
        """Case-insensitive."""
        self.is_complete = False
        self._body = bytearray()

    @property
    def body(self) -> bytes:
        return bytes(self._body)

    async def read(self, response: ClientResponse, limit_bytes: int) -> None:
        """Reads to the end of the body or to the limit, whichever comes first."""
        self.status = response.status
        self.headers = response.headers
        while len(self._body) < limit_bytes and not response.content.at_eof():
            self._body += await response.content.read(limit_bytes - len(self._body))
        self.is_complete = response.content.at_eof()

    def text(self, limit_bytes: int) -> str:
        """The beginning of the body as text that any store takes, in at most so many bytes of UTF-8."""
        return text_of(self.body, limit_bytes)

    def retry_after_s(self, now_ms: int) -> int | None:
        """How long the receiver asks to wait, at most 6 h; `None` if it does not ask, or not legibly."""
        if self.status not in RETRY_AFTER_STATUSES:
            return None
        return -(-retry_after_ms(self.headers.get("Retry-After"), now_ms) // 1_000) or None


def text_of(body: bytes, limit_bytes: int) -> str:
    """Leaves out a character that the limit cuts; replaces what is not UTF-8, and NUL."""
    decoder = getincrementaldecoder("utf-8")("replace")
    text = decoder.decode(body[:limit_bytes], final=len(body) <= limit_bytes).replace("\0", _REPLACED)
    return text.encode()[:limit_bytes].decode("utf-8", "ignore")
