"""An HTTP client for writers: what they use of `httpx.AsyncClient`, at a small part of its CPU time."""

import asyncio
import json
from collections.abc import Mapping
from types import TracebackType
from typing import Any, Self
from urllib.parse import urlsplit

import httpx

HEADER_END = b"\r\n\r\n"
TIMEOUT_S = 60.0


class AsyncHttp:
    """Sends one request at a time, on a connection that it keeps. Every request may raise `httpx.TransportError`."""

    def __init__(self, url: str, key: str) -> None:
        self._url = httpx.URL(url)
        self._place = urlsplit(url)
        self._headers = {"Host": self._place.netloc, "X-API-Key": key, "Accept": "*/*"}
        self._connection: tuple[asyncio.StreamReader, asyncio.StreamWriter] | None = None

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._close()

    async def post(self, path: str, *, json: Any) -> httpx.Response:
        return await self.request("POST", path, json=json)

    async def patch(self, path: str, *, json: Any) -> httpx.Response:
        return await self.request("PATCH", path, json=json)

    async def delete(self, path: str) -> httpx.Response:
        return await self.request("DELETE", path)

    async def request(
        self, method: str, path: str, *, json: Any = None, headers: Mapping[str, str] | None = None
    ) -> httpx.Response:
        data = self._encode(method, path, json, headers or {})
        response: httpx.Response | None = None
        try:
            async with asyncio.timeout(TIMEOUT_S):
                reader, writer = await self._connect()
                writer.write(data)
                response = await self._read(reader, method)
                return response
        except TimeoutError as error:
            raise httpx.ReadTimeout(f"no answer for {TIMEOUT_S:.0f} s") from error
        except (OSError, EOFError) as error:
            raise httpx.ReadError(repr(error)) from error
        finally:
            if response is None or response.headers.get("connection") == "close":
                self._close()

    async def _connect(self) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
        """The kept connection, or a new one if the server has closed it."""
        if self._connection is not None and self._connection[0].at_eof():
            self._close()
        if self._connection is None:
            self._connection = await asyncio.open_connection(self._place.hostname, self._place.port)
        return self._connection

    def _close(self) -> None:
        if self._connection is not None:
            self._connection[1].close()
            self._connection = None

    def _encode(self, method: str, path: str, body: Any, headers: Mapping[str, str]) -> bytes:
        content = b"" if body is None else json.dumps(body).encode()
        sent = {**self._headers, **headers}
        if body is not None:
            sent |= {"Content-Type": "application/json", "Content-Length": str(len(content))}
        lines = "".join(f"{name}: {value}\r\n" for name, value in sent.items())
        return f"{method} {path} HTTP/1.1\r\n{lines}\r\n".encode() + content

    async def _read(self, reader: asyncio.StreamReader, method: str) -> httpx.Response:
        """Reads an answer whose length its header says, as those to writes do."""
        first, *lines = (await reader.readuntil(HEADER_END)).decode("latin-1").rstrip().split("\r\n")
        pairs = [(name, value.strip()) for name, _, value in (line.partition(":") for line in lines)]
        length = next(int(value) for name, value in pairs if name.lower() == "content-length")
        content = await reader.readexactly(length)
        request = httpx.Request(method, self._url)
        return httpx.Response(int(first.split()[1]), headers=pairs, content=content, request=request)
