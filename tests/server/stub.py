"""A small application behind the real server, as a process of its own:
`python -m tests.server.stub LIMITS-AS-JSON PORT`.

It prints `listening PORT`, and `drained` when its lifespan ends.
"""

import asyncio
import functools
import json
import logging
import sys
import threading
import warnings

from starlette.types import Receive, Scope, Send

from leadloop.server import logs
from leadloop.server.limits import Limits
from leadloop.server.listener import bind
from leadloop.server.serve import run

PLANTED = "planted@example.org 123.456.789-09 +5511987654321 ll_live_0123456789abcdef"


async def application(scope: Scope, receive: Receive, send: Send) -> None:
    if scope["type"] == "lifespan":
        await lifespan(receive, send)
    elif scope["path"] == "/refused":  # without reading the body
        await answer(send, 413, b"too large", [(b"connection", b"close")])
    elif scope["path"] == "/unread":
        await answer(send, 401, b"who are you?")
    elif scope["path"] == "/slow":
        await asyncio.sleep(float(scope["query_string"]))
        await answer(send, 200, b"at last")
    elif scope["path"] == "/large":
        await answer(send, 200, b"x" * 30_000_000)
    elif scope["path"] == "/broken":
        raise ValueError(f"{PLANTED} is the value of a lead")
    elif scope["path"] == "/deep":
        fail_below(20)
    elif scope["path"] == "/careless":
        careless()
        await answer(send, 200, b"")
    elif scope["path"] == "/fields":
        await read(receive)
        await answer(send, 200, b",".join(name for name, _ in scope["headers"]))
    else:
        await answer(send, 200, str(await read(receive)).encode())


def fail_below(depth: int) -> None:
    """Its log line is long."""
    if depth == 0:
        raise ValueError(PLANTED)
    fail_below(depth - 1)


class Careless:
    def __del__(self) -> None:
        raise ValueError(PLANTED)


def careless() -> None:
    """Fails in every way that Python itself reports on stderr."""

    async def forgotten() -> None:
        raise ValueError(PLANTED)

    def fail(text: str) -> None:
        raise ValueError(text)

    asyncio.get_running_loop().create_task(forgotten())
    asyncio.get_running_loop().call_soon(functools.partial(fail, PLANTED))
    thread = threading.Thread(target=fail, args=(PLANTED,))
    thread.start()
    thread.join()
    Careless()
    warnings.warn(PLANTED, RuntimeWarning, stacklevel=1)
    logging.getLogger("library").error("%d", PLANTED)
    logging.getLogger("library").error("it failed", exc_info=ValueError(PLANTED))


async def lifespan(receive: Receive, send: Send) -> None:
    await receive()
    await send({"type": "lifespan.startup.complete"})
    await receive()
    await asyncio.sleep(0.2)
    print("drained", flush=True)
    await send({"type": "lifespan.shutdown.complete"})


async def read(receive: Receive) -> int:
    """The length of the body; -1 when it never arrives whole."""
    length = 0
    while True:
        message = await receive()
        if message["type"] == "http.disconnect":
            print("disconnected", flush=True)
            return -1
        length += len(message["body"])
        if not message["more_body"]:
            return length


async def answer(send: Send, status: int, body: bytes, headers: list[tuple[bytes, bytes]] | None = None) -> None:
    length = (b"content-length", str(len(body)).encode())
    await send({"type": "http.response.start", "status": status, "headers": [length, *(headers or [])]})
    await send({"type": "http.response.body", "body": body})


if __name__ == "__main__":
    with logs.queued("warning"):
        listener = bind("127.0.0.1", int(sys.argv[2]))

        async def announce() -> None:
            print(f"listening {listener.getsockname()[1]}", flush=True)

        run(application, listener, on_listening=announce, limits=Limits(**json.loads(sys.argv[1])))
