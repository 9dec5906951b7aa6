"""The behaviours that `animals` combines into the animals of the zoo."""

import asyncio
import ssl
import zlib
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

from tests.support.receivers.certificates import Authority
from tests.support.receivers.zoo import Behaviour, Visit

PIECE = b"x" * 4_096
OLD_TLS = b"\x15\x03\x01\x00\x02\x02\x46"
"""The alert of a server that supports no recent TLS version."""


def reply(status: int, body: bytes = b"", *fields: str, version: str = "1.1", length: bool = True) -> bytes:
    """A response as text; without a length, the end of the connection ends it."""
    lines = [f"HTTP/{version} {status} Whatever", *fields]
    if length and status not in (204, 304):
        lines.append(f"Content-Length: {len(body)}")
    return "\r\n".join([*lines, "", ""]).encode() + body


def says(text: bytes | Callable[[], bytes]) -> Behaviour:
    """Answers every request with `text` and keeps the connection open."""

    async def behave(visit: Visit) -> None:
        while True:
            await visit.request()
            await visit.say(text() if callable(text) else text)

    return behave


def says_and_closes(text: bytes) -> Behaviour:
    async def behave(visit: Visit) -> None:
        await visit.request()
        await visit.say(text)

    return behave


def says_in_turn(*texts: bytes) -> Behaviour:
    """Pauses between the parts, so that they do not arrive as one."""

    async def behave(visit: Visit) -> None:
        await visit.request()
        for text in texts:
            await visit.say(text)
            await asyncio.sleep(0.5)

    return behave


def says_and_resets(text: bytes) -> Behaviour:
    async def behave(visit: Visit) -> None:
        await visit.request()
        await visit.say(text)
        await asyncio.sleep(0.5)  # a reset overtakes what has not been read yet
        visit.reset()

    return behave


def says_before_listening(text: bytes) -> Behaviour:
    async def behave(visit: Visit) -> None:
        await visit.say(text)
        await visit.stay()

    return behave


def says_again_and_again(head: bytes, piece: bytes) -> Behaviour:
    """Sends without end, as fast as the client reads."""

    async def behave(visit: Visit) -> None:
        await visit.request()
        await visit.say(head)
        while True:
            await visit.say(piece)

    return behave


def drips(head: bytes, drop: bytes) -> Behaviour:
    """Sends a byte a second."""

    async def behave(visit: Visit) -> None:
        await visit.request()
        await visit.say(head)
        while True:
            await visit.say(drop)
            await asyncio.sleep(1)

    return behave


def asks_for_patience(status: int, seconds: int) -> Behaviour:
    """Until a date."""

    def text() -> bytes:
        return reply(
            status, b"", f"Retry-After: {format_datetime(datetime.now(UTC) + timedelta(seconds=seconds), True)}"
        )

    return says(text)


def gzipped(size: int) -> bytes:
    packer = zlib.compressobj(wbits=31)
    return packer.compress(bytes(size)) + packer.flush()


async def resets_at_once(visit: Visit) -> None:
    visit.reset()


async def resets_within_the_request(visit: Visit) -> None:
    await visit.reader.readuntil(b"\r\n\r\n")
    visit.reset()


async def closes_at_once(visit: Visit) -> None:
    """Accepts the connection and sends nothing."""


async def closes_after_the_request(visit: Visit) -> None:
    await visit.request()


async def says_nothing(visit: Visit) -> None:
    await visit.request()
    await visit.stay()


async def says_half_and_nothing_more(visit: Visit) -> None:
    await visit.request()
    await visit.say(reply(200, b"x" * 100)[:-50])
    await visit.stay()


async def closes_for_writing_only(visit: Visit) -> None:
    """Closes its own side of the connection and continues to read."""
    visit.writer.write_eof()
    await visit.stay()


async def closes_its_open_connection(visit: Visit) -> None:
    """Answers the first request of a connection, and resets it at the second."""
    await visit.request()
    await visit.say(reply(200, b"ok"))
    await visit.reader.read(1)
    visit.reset()


def secured(*names: str, begins_days: int = -1, ends_days: int = 1) -> Callable[[Authority], ssl.SSLContext]:
    """A certificate for `names`, made when the zoo starts."""
    begins, ends = timedelta(days=begins_days), timedelta(days=ends_days)
    return lambda authority: authority.server(names, begins, ends)
