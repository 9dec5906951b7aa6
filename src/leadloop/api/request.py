"""The request as everything behind the routes sees it."""

from starlette.requests import Request as StarletteRequest
from starlette.types import Receive, Scope

from leadloop.api.errors import ApiError
from leadloop.core.errors import Problem

LENGTH_DIGITS = 19
"""As many as the largest body that a Content-Length of 64 bits can announce; more are no number that anybody means."""
_CLOSE = {"Connection": "close"}
"""Nobody knows where the next request would begin."""


class Request(StarletteRequest):
    """Starlette's, with header fields found in one step instead of a search through all of them for each."""

    def __init__(self, scope: Scope, receive: Receive) -> None:
        super().__init__(scope, receive)
        raw: list[tuple[bytes, bytes]] = scope["headers"]
        self.fields = dict(raw)
        """The values of header fields, by the name in lower case."""
        self._hosts = int(b"host" in self.fields)
        if len(self.fields) < len(raw):
            self.fields = {name: b", ".join(value for n, value in raw if n == name) for name in self.fields}
            self._hosts = sum(name == b"host" for name, _ in raw)
        self.framing_error = self._framing_error()

    def field(self, name: bytes) -> str | None:
        """The value of a header field, its name in lower case; a repeated one's values as one list (RFC 9110, 5.3)."""
        value = self.fields.get(name)
        return None if value is None else value.decode("latin-1")

    def _framing_error(self) -> ApiError | None:
        """What makes it unclear for whom the request is, or where it ends (RFC 9112, sections 3.2 and 6)."""
        if self._hosts != 1 and (self._hosts or self.scope.get("http_version") == "1.1"):
            return ApiError(400, Problem("host_required"), headers=_CLOSE)
        length = self.fields.get(b"content-length")
        if length is not None and not (length.isdigit() and len(length) <= LENGTH_DIGITS):
            return ApiError(400, Problem("content_length_wrong"), headers=_CLOSE)
        coding = self.fields.get(b"transfer-encoding")
        if coding is not None and coding.strip().lower() != b"chunked":
            return ApiError(501, Problem("transfer_encoding_refused"), headers=_CLOSE)
        return None
