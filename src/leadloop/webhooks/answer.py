"""What is taken of a receiver's answer: the status, a wish to be left alone for a while, and the beginning of the body.

It is a stranger's text: bounded, never decompressed or interpreted, to be escaped wherever it is shown.
"""

from codecs import getincrementaldecoder

from aiohttp import ClientResponse

from leadloop.webhooks.schedule import retry_after_ms

PATIENT = frozenset({429, 503})
_REPLACED = "\N{REPLACEMENT CHARACTER}"


class Answer:
    """Filled while the answer comes in, so that what arrived before a failure is kept."""

    def __init__(self) -> None:
        self.status: int | None = None
        self.whole = False
        self._retry_after: str | None = None
        self._body = bytearray()

    async def read(self, response: ClientResponse, limit_bytes: int) -> None:
        """Ends at the end of the body or at the limit, whichever comes first."""
        self.status = response.status
        self._retry_after = response.headers.get("Retry-After")
        while len(self._body) < limit_bytes and not response.content.at_eof():
            self._body += await response.content.read(limit_bytes - len(self._body))
        self.whole = response.content.at_eof()

    def text(self, limit_bytes: int) -> str:
        """The beginning of the body as text that any store takes, in at most so many bytes of UTF-8."""
        return text_of(bytes(self._body), limit_bytes)

    def retry_after_s(self, now_ms: int) -> int | None:
        """For how long the receiver asks to be left alone, at most 6 h; `None` if it does not, or not legibly."""
        if self.status not in PATIENT:
            return None
        return -(-retry_after_ms(self._retry_after, now_ms) // 1_000) or None


def text_of(body: bytes, limit_bytes: int) -> str:
    """A character that the limit cuts is left out; what is not UTF-8, and NUL, is replaced."""
    decoder = getincrementaldecoder("utf-8")("replace")
    text = decoder.decode(body[:limit_bytes], final=len(body) <= limit_bytes).replace("\0", _REPLACED)
    return text.encode()[:limit_bytes].decode("utf-8", "ignore")
