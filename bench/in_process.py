"""Sends PATCHes to leadloop's application in this process, without a socket. `bench.instructions` runs it in valgrind.

`python in_process.py DATABASE FILE LIBRARY`: the file has the leads to create, the bodies to warm up with, those to
count by name, and how many to send at once. The library is counting.c. It runs with the leadloop on Python's path and
nothing else of this tree.
"""

import asyncio
import ctypes
import json
import sys
from collections.abc import Awaitable, Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

ACCOUNT = "a" * 24
PEPPER = "3f9c1e7ad25b84606f1a9e3c7b2d58e04c6a1f93b7e25d80914fa6c3e8b17d52"

Call = Callable[[str, str, bytes], Awaitable[dict[str, Any]]]


async def run(database: str, load: Mapping[str, Any], library: ctypes.CDLL) -> None:
    from leadloop.app.application import Application
    from leadloop.app.stores import open_store
    from leadloop.core import keys
    from leadloop.core.accounts import Account
    from leadloop.settings import Settings
    from leadloop.storage.postgres import engine

    for settings in (engine.KEYED_SETTINGS, engine.WRITER_SETTINGS):
        settings["idle_in_transaction_session_timeout"] = "10min"  # in valgrind a batch takes seconds
    application = Application(Settings(database=database, pepper=PEPPER, send_webhooks=False), open_store)
    to_application: asyncio.Queue[Any] = asyncio.Queue()
    from_application: asyncio.Queue[Any] = asyncio.Queue()
    lifespan = asyncio.create_task(application({"type": "lifespan"}, to_application.get, from_application.put))
    await to_application.put({"type": "lifespan.startup"})
    if not (await from_application.get())["type"].endswith("complete"):
        raise RuntimeError(application.failure)
    key, text = keys.mint(ACCOUNT, "bench", list(keys.DEFAULT_SCOPES), bytes.fromhex(PEPPER), 0)
    await application.store.accounts.add(Account(id=ACCOUNT, name="bench", created_at_ms=0), key)
    await _write(_caller(application, text), load, library)
    await to_application.put({"type": "lifespan.shutdown"})
    await lifespan


async def _write(call: Call, load: Mapping[str, Any], library: ctypes.CDLL) -> None:
    path = f"/v1/account/{ACCOUNT}/lead"
    paths = [f"{path}/{(await call('POST', path, lead.encode()))['leadId']}" for lead in load["leads"]]
    await _patch(call, paths, load["warm_up"], load["together"])
    for name, bodies in load["counted"].items():
        library.start()
        await _patch(call, paths, bodies, load["together"])
        library.stop(name.encode())


async def _patch(call: Call, paths: Sequence[str], bodies: Sequence[str], together: int) -> None:
    """Sends `together` PATCHes at once, of different leads, and the next ones after their answers."""
    for n in range(0, len(bodies), together):
        sent = enumerate(bodies[n : n + together], n)
        answers = await asyncio.gather(*(call("PATCH", paths[i % len(paths)], body.encode()) for i, body in sent))
        if not all(answer["changed"] for answer in answers):
            raise RuntimeError("a PATCH changed nothing")


def _caller(application: Any, key: str) -> Call:
    async def call(method: str, path: str, raw: bytes) -> dict[str, Any]:
        sent: list[Any] = []
        parts = [{"type": "http.request", "body": raw, "more_body": False}]
        fields = {"host": "x", "x-api-key": key, "content-type": "application/json", "content-length": str(len(raw))}
        scope = {
            "type": "http",
            "http_version": "1.1",
            "method": method,
            "path": path,
            "raw_path": path.encode(),
            "query_string": b"",
            "headers": [(name.encode(), value.encode()) for name, value in fields.items()],
            "client": ("127.0.0.1", 1),
        }

        async def receive() -> Any:
            return parts.pop(0) if parts else await asyncio.Future()

        async def send(message: Any) -> None:
            sent.append(message)

        await application(scope, receive, send)
        if sent[0]["status"] != 200:
            raise RuntimeError(sent[1]["body"].decode())
        answer: dict[str, Any] = json.loads(sent[1]["body"])
        return answer

    return call


if __name__ == "__main__":
    asyncio.run(run(sys.argv[1], json.loads(Path(sys.argv[2]).read_text()), ctypes.CDLL(sys.argv[3])))
