"""An `httpx.Client` that takes a third of the CPU for usual requests, which was most of the tests' CPU time."""

import json
import re
import time
from datetime import timedelta
from http.client import HTTPConnection, HTTPException, HTTPResponse
from typing import Any

import httpx

from lab.preloaded import is_readable

USUAL_PATH = re.compile(r"/[A-Za-z0-9/_.~-]*")
USUAL = {"params", "headers", "content", "json"}
FRAMING = {"host", "content-length", "transfer-encoding", "connection"}
HAVE_BODIES = {"POST", "PUT", "PATCH"}


class Http(httpx.Client):
    """Usual requests have a path of plain characters, parameters, headers, and a body of JSON, text or bytes. It leaves
    all others to httpx. Threads may share it."""

    def __init__(self, url: str, **more: Any) -> None:
        super().__init__(base_url=url, **more)
        self._idle: list[HTTPConnection] = []

    def request(self, method: str, url: httpx.URL | str, **more: Any) -> httpx.Response:
        if not isinstance(url, str) or not USUAL_PATH.fullmatch(url) or not more.keys() <= USUAL:
            return super().request(method, url, **more)
        headers = httpx.Headers(more.pop("headers", None))
        if not isinstance(more.get("content"), bytes | str | None) or FRAMING & set(headers):
            more["headers"] = headers
            return super().request(method, url, **more)
        return self._usual(method, url, headers, **more)

    def close(self) -> None:
        while self._idle:
            self._idle.pop().close()
        super().close()

    def _usual(
        self,
        method: str,
        path: str,
        headers: httpx.Headers,
        *,
        params: Any = None,
        content: bytes | str | None = None,
        **more: Any,
    ) -> httpx.Response:
        """`more` holds the JSON body, if any."""
        sent = httpx.Headers(self.headers)
        if more.get("json") is not None:
            content = json.dumps(more["json"], ensure_ascii=False, separators=(",", ":"), allow_nan=False)
            sent["content-type"] = "application/json"
        sent.update(headers)
        body = content.encode() if isinstance(content, str) else content
        if body or method in HAVE_BODIES:
            sent["content-length"] = str(len(body or b""))
        query = f"?{httpx.QueryParams(params)}" if params else ""
        return self._exchange(method, path + query, sent.raw, body)

    def _exchange(
        self, method: str, target: str, headers: list[tuple[bytes, bytes]], body: bytes | None
    ) -> httpx.Response:
        started = time.monotonic()
        connection = self._connection()
        try:
            response = _answer(connection, method, target, headers, body)
            content = response.read()
        except TimeoutError as error:
            connection.close()
            raise httpx.ReadTimeout(str(error)) from error
        except (OSError, HTTPException) as error:
            connection.close()
            raise httpx.ReadError(repr(error)) from error
        if connection.sock is not None:
            self._idle.append(connection)
        answer = httpx.Response(
            response.status,
            headers=response.getheaders(),
            content=content,
            request=httpx.Request(method, self.base_url),
            extensions={"http_version": b"HTTP/1.1", "reason_phrase": response.reason.encode()},
        )
        answer.elapsed = timedelta(seconds=time.monotonic() - started)
        return answer

    def _connection(self) -> HTTPConnection:
        """An idle connection that the server has not closed, or a new one."""
        while self._idle:
            connection = self._idle.pop()
            if not is_readable(connection.sock.fileno(), 0):
                return connection
            connection.close()
        return HTTPConnection(self.base_url.host, self.base_url.port, timeout=self.timeout.read)


def _answer(
    connection: HTTPConnection, method: str, target: str, headers: list[tuple[bytes, bytes]], body: bytes | None
) -> HTTPResponse:
    """Returns the response before its body is read."""
    connection.putrequest(method, target, skip_accept_encoding=True)
    for name, value in headers:
        connection.putheader(name.decode(), value)
    connection.endheaders(body)
    return connection.getresponse()
