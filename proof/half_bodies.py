"""Sends many bodies without their last byte; measures the server's memory and whether others are served."""

import asyncio
import resource
from contextlib import suppress
from pathlib import Path
from typing import NamedTuple
from urllib.parse import urlsplit

from lab import controls
from lab.server import Client, Leadloop, serving
from proof.connections import Connection, ConnectionLost, Request, lead_path
from proof.report import Campaign, Control
from proof.trial import Trial, control_result

ENGINES = ("sqlite",)
"""Incomplete bodies never reach a database."""

BODY_BYTES = 1024 * 1024
CHUNK_BYTES = 65_536
LIMIT_BYTES = 160 * 1024 * 1024
"""Limit of the server's growth: 64 MiB of bodies, copies of them in progress, and the connections themselves."""
SEND_S = 10.0
"""A connection stops sending when the server reads nothing for this long."""
OPEN_FILES = 8_192
SLOW_PIECES, SLOW_PAUSE_S = 20, 0.1

DOES = (
    f"Many connections at once, all with one API key, each send a body of {BODY_BYTES:,} bytes without its last byte "
    "and stay open. Meanwhile a client with another key sends one PATCH after another, and a body of 200 KB in twenty "
    "pieces, a tenth of a second apart. The server must answer each of these with 200 and may grow by at most "
    f"{LIMIT_BYTES // 1024 // 1024} MiB."
)
SHOWS = (
    "Zero violations show that incomplete requests hold a bounded amount of memory and do not keep the server from "
    "serving other clients, slow ones included. A client that shares the API key with the incomplete requests may be "
    "refused with 503."
)


class AttackResult(NamedTuple):
    problems: list[str]
    grown_bytes: int
    refused: int
    served: int


def run(trial: Trial) -> Campaign:
    halves = trial.options.halves
    result = _attack(Leadloop(trial.engine, trial.database("halves")), halves)
    trial.add_violations(result.problems)
    trial.counts.update(_counts(result))
    return trial.finish(does=DOES, shows=SHOWS, trials=halves, unit="connections", control=_control(trial))


def _control(trial: Trial) -> Control:
    server = Leadloop(trial.engine, trial.database("control"), command=controls.command("holds-bodies"))
    result = _attack(server, trial.options.halves)
    return control_result("no limit on incomplete bodies", _counts(result), result.problems)


def _counts(result: AttackResult) -> dict[str, int]:
    return {
        "growth of the server, MiB": result.grown_bytes // 1024 // 1024,
        "connections answered 503": result.refused,
        "honest requests answered 200": result.served,
    }


def _attack(server: Leadloop, halves: int) -> AttackResult:
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (min(OPEN_FILES, most), most))  # the server inherits them
    with serving(server) as attacker:
        honest = server.client()
        before = _resident_bytes(server.pid)
        result = asyncio.run(_attack_and_serve(server, attacker, honest, halves))
        honest.close()
    grown_bytes = result.grown_bytes - before
    if grown_bytes > LIMIT_BYTES:
        result.problems.append(f"the server grew by {grown_bytes // 1024 // 1024} MiB for {halves} incomplete bodies")
    return result._replace(grown_bytes=grown_bytes)


async def _attack_and_serve(server: Leadloop, attacker: Client, honest: Client, halves: int) -> AttackResult:
    """`grown_bytes` of the result is the peak memory of the server."""
    lead_id = await asyncio.to_thread(honest.new_lead)
    path = lead_path(honest, "expad", lead_id)
    ended, problems, sent = asyncio.Event(), list[str](), asyncio.Semaphore(0)
    attacks = [asyncio.create_task(_send_half(attacker, sent, ended)) for _ in range(halves)]
    all_sent = asyncio.create_task(_acquire(sent, halves))
    slow = asyncio.create_task(_send_slowly(honest, path))
    served, peak = 0, 0
    attacking = asyncio.gather(*attacks)
    async with Connection(honest) as connection:
        while not (all_sent.done() and slow.done()):
            answer = await connection.request(Request("PATCH", path, {"companyName": f"{served}"}))
            served += answer.status == 200
            if answer.status != 200:
                problems.append(f"an honest request was answered {answer}")
            peak = max(peak, await asyncio.to_thread(_resident_bytes, server.pid))
            await asyncio.sleep(0.05)
    ended.set()
    refused = sum(await attacking)
    if (slow_status := await slow) != 200:
        problems.append(f"a slow honest request was answered {slow_status}")
    return AttackResult(problems, peak, refused, served)


async def _acquire(sent: asyncio.Semaphore, times: int) -> None:
    for _ in range(times):
        await sent.acquire()


async def _send_half(client: Client, sent: asyncio.Semaphore, ended: asyncio.Event) -> bool:
    """Returns whether the request was refused with 503. Releases `sent` when the server reads no more."""
    url = urlsplit(client.url)
    reader, writer = await asyncio.open_connection(url.hostname, url.port)
    try:
        writer.write(_head(client, f"/v1/account/{client.account_id}/lead", "POST", BODY_BYTES))
        with suppress(TimeoutError, OSError):
            for start in range(0, BODY_BYTES - 1, CHUNK_BYTES):
                writer.write(b" " * min(CHUNK_BYTES, BODY_BYTES - 1 - start))
                async with asyncio.timeout(SEND_S):
                    await writer.drain()
        sent.release()
        await ended.wait()
        with suppress(TimeoutError, OSError):
            async with asyncio.timeout(0.1):
                return b" 503 " in await reader.readline()
        return False
    finally:
        writer.close()


async def _send_slowly(client: Client, path: str) -> int:
    """Sends a body in pieces; returns the status of the answer."""
    body = b'{"note":"' + b"x" * 60_000 + b'"' + b" " * 140_000 + b"}"
    url = urlsplit(client.url)
    reader, writer = await asyncio.open_connection(url.hostname, url.port)
    try:
        writer.write(_head(client, path, "PATCH", len(body)))
        size = -(-len(body) // SLOW_PIECES)
        for start in range(0, len(body), size):
            writer.write(body[start : start + size])
            await writer.drain()
            await asyncio.sleep(SLOW_PAUSE_S)
        line = await reader.readline()
        return int(line.split()[1]) if line else 0
    except OSError as error:
        raise ConnectionLost from error
    finally:
        writer.close()


def _head(client: Client, path: str, method: str, length: int) -> bytes:
    lines = [f"{method} {path} HTTP/1.1", "Host: localhost", f"X-API-Key: {client.key}"]
    lines += ["Content-Type: application/json", f"Content-Length: {length}", "", ""]
    return "\r\n".join(lines).encode()


def _resident_bytes(pid: int) -> int:
    pages = int(Path(f"/proc/{pid}/statm").read_text("ascii").split()[1])
    return pages * resource.getpagesize()
