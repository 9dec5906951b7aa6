"""A small application behind the real server, as a process of its own: `python -m tests.server.stub LIMITS-AS-JSON`.

It prints `listening PORT`, and `drained` when its lifespan ends.
"""

import asyncio
import json
import sys

from starlette.types import Receive, Scope, Send

from leadloop.server import logs
from leadloop.server.limits import Limits
from leadloop.server.listener import bind
from leadloop.server.serve import run


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
        raise ValueError("ana@example.com is the value of a lead")
    elif scope["path"] == "/fields":
        await read(receive)
        await answer(send, 200, b",".join(name for name, _ in scope["headers"]))
    else:
        await answer(send, 200, str(await read(receive)).encode())


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
    logs.configure("warning")
    listener = bind("127.0.0.1", 0)

    async def announce() -> None:
        print(f"listening {listener.getsockname()[1]}", flush=True)

    run(application, listener, on_listening=announce, limits=Limits(**json.loads(sys.argv[1])))
