"""`python -m bench.instructions`: how many instructions a PATCH takes, in process, counted by valgrind.

The server's application runs on its embedded database without a socket, with a fixed hash seed. It counts two runs with
different numbers of PATCHes and divides their difference, so that neither start nor filling counts. The same tree gives
the same number within 0.2 %, whatever else the machine does. `--against DIR` counts another tree of leadloop too.
"""

import argparse
import asyncio
import json
import os
import random
import re
import subprocess
import sys
import tempfile
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

FEW, MANY = 120, 480
LEADS = 60
ACCOUNT = "a" * 24
PEPPER = "3f9c1e7ad25b84606f1a9e3c7b2d58e04c6a1f93b7e25d80914fa6c3e8b17d52"
KINDS = ("mix", "plain")
COUNTED = re.compile(r"Collected : (\d+)")

Call = Callable[[str, str, dict[str, Any]], Awaitable[dict[str, Any]]]


def main() -> int:
    about = (__doc__ or "").partition("\n\n")
    parser = argparse.ArgumentParser("bench.instructions", description=about[0], epilog=about[2])
    parser.add_argument("--kind", choices=KINDS, default="mix", help="plain: fields that nothing is derived from")
    parser.add_argument("--against", type=Path, help="another tree of leadloop, its src beside its other folders")
    parser.add_argument("--run", type=int, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.run is not None:
        asyncio.run(_patch(options.run, options.kind))
        return 0
    here = Path(__file__).resolve().parent.parent
    counts = {tree: per_patch(tree, options.kind) for tree in filter(None, (options.against, here))}
    for tree, count in counts.items():
        print(f"{tree.name}: {count:,} instructions a PATCH ({options.kind})")
    if options.against:
        print(f"ratio: {counts[here] / counts[options.against]:.3f}")
    return 0


def per_patch(tree: Path, kind: str) -> int:
    return (_count_instructions(tree, kind, MANY) - _count_instructions(tree, kind, FEW)) // (MANY - FEW)


def _count_instructions(tree: Path, kind: str, number: int) -> int:
    command = ["valgrind", "--tool=callgrind", "--callgrind-out-file=/dev/null", sys.executable, __file__]
    environment = {**os.environ, "PYTHONHASHSEED": "0", "PYTHONPATH": str(tree / "src")}
    done = subprocess.run(
        [*command, "--kind", kind, "--run", str(number)], env=environment, capture_output=True, text=True, check=True
    )
    match = COUNTED.search(done.stderr)
    if match is None:
        raise RuntimeError(f"valgrind did not count: {done.stderr[-500:]}")
    return int(match[1])


def _body(source: random.Random, number: int, kind: str) -> dict[str, Any]:
    """The kinds of change in turn: phone, e-mail, UTM, stage and value, note, plain fields."""
    match number % 6 if kind == "mix" else 5:
        case 0:
            return {"phoneNumber": f"({source.randint(11, 99)}) 9{source.randint(6000, 9999)}-{number:04}"}
        case 1:
            return {"email": f"lead.{source.randint(1, 10**6)}@example.com"}
        case 2:
            return {"utmSource": source.choice(["google", "meta", "x"]), "utmCampaign": f"c{source.randint(1, 50)}"}
        case 3:
            stage = source.choice(["NEW", "ACTIVE", "LOST", "COMPLETE"])
            return {"status": stage, "saleValue": source.randint(1, 10**6) / 100}
        case 4:
            return {"note": f"called {source.random()}"}
    cpf = str(source.randint(10**10, 10**11))
    return {"companyName": f"Company {source.random()}", "cpf": cpf, "callDuration": source.randint(1, 500)}


def _lead(number: int) -> dict[str, Any]:
    return {
        "name": f"Ana {number} Souza",
        "email": f"a{number}@example.com",
        "phoneNumber": f"(11) 9{6000 + number}-4321",
        "tags": [{"name": "vip"}],
        "unit": {"name": "Centro"},
        "leadAttributionUser": {"userName": "Bia"},
        "fields": [{"name": "question", "value": "x"}],
        "note": "hi",
    }


async def _patch(number: int, kind: str) -> None:
    from leadloop.app.application import Application
    from leadloop.app.stores import open_store
    from leadloop.core import keys
    from leadloop.core.accounts import Account
    from leadloop.settings import Settings

    with tempfile.TemporaryDirectory() as folder:
        settings = Settings(database=f"{folder}/leadloop.db", pepper=PEPPER, send_webhooks=False)
        application = Application(settings, open_store)
        to_application: asyncio.Queue[Any] = asyncio.Queue()
        from_application: asyncio.Queue[Any] = asyncio.Queue()
        lifespan = asyncio.create_task(application({"type": "lifespan"}, to_application.get, from_application.put))
        await to_application.put({"type": "lifespan.startup"})
        if not (await from_application.get())["type"].endswith("complete"):
            raise RuntimeError(application.failure)
        key, text = keys.mint(ACCOUNT, "bench", list(keys.DEFAULT_SCOPES), bytes.fromhex(PEPPER), 0)
        await application.store.accounts.add(Account(id=ACCOUNT, name="bench", created_at_ms=0), key)
        await _write(_caller(application, text), number, kind)
        await to_application.put({"type": "lifespan.shutdown"})
        await lifespan


async def _write(call: Call, number: int, kind: str) -> None:
    source, path = random.Random(7), f"/v1/account/{ACCOUNT}/lead"
    ids = [(await call("POST", path, _lead(lead)))["leadId"] for lead in range(LEADS)]
    for n in range(number):
        await call("PATCH", f"{path}/{ids[n % LEADS]}", _body(source, n, kind))


def _caller(application: Any, key: str) -> Call:
    async def call(method: str, path: str, body: dict[str, Any]) -> dict[str, Any]:
        raw, sent = json.dumps(body).encode(), []
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
    sys.exit(main())
