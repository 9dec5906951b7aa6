"""Connections that each send a body but for its last byte: what the server holds in memory, and who else is served."""

import asyncio
import resource
from contextlib import suppress
from pathlib import Path
from typing import NamedTuple
from urllib.parse import urlsplit

from lab import controls
from lab.server import Client, Leadloop, serving
from proof.lines import Ask, Gone, Line, lead_path
from proof.report import Campaign, Control
from proof.trial import Trial, caught

ENGINES = ("sqlite",)
"""Bodies that are not complete never come to a database."""

BODY_BYTES = 1024 * 1024
CHUNK_BYTES = 65_536
LIMIT_BYTES = 160 * 1024 * 1024
"""By which the server may grow: 64 MiB of bodies, copies of them on their way, and the connections themselves."""
SEND_S = 10.0
"""A connection whose bytes are not taken for so long stops sending."""
OPEN_FILES = 8_192
SLOW_PIECES, SLOW_PAUSE_S = 20, 0.1

DOES = (
    f"So many connections at once, with one API key, send a body of {BODY_BYTES:,} bytes but for its last byte and "
    "stay; meanwhile a client with another key sends PATCHes one after the other, and one a body of 200 KB in twenty "
    "pieces, a tenth of a second apart. Each of these must be answered 200, and the server may grow by at most "
    f"{LIMIT_BYTES // 1024 // 1024} MiB."
)
SHOWS = (
    "Zero violations show that requests which do not end hold a bounded amount of memory, and that honest clients are "
    "served beside them, slow ones too; one who shares the API key with the others may be asked to come again (503)."
)


class Found(NamedTuple):
    problems: list[str]
    grown_bytes: int
    refused: int
    served: int


def run(trial: Trial) -> Campaign:
    halves = trial.options.halves
    found = _attack(Leadloop(trial.engine, trial.database("halves")), halves)
    trial.found(found.problems)
    trial.counts.update(_counts(found))
    return trial.finish(does=DOES, shows=SHOWS, trials=halves, unit="connections", control=_control(trial))


def _control(trial: Trial) -> Control:
    server = Leadloop(trial.engine, trial.database("control"), command=controls.command("holds-bodies"))
    found = _attack(server, trial.options.halves)
    return caught("bodies that are not complete are not bounded", _counts(found), found.problems)


def _counts(found: Found) -> dict[str, int]:
    return {
        "MiB by which the server grew": found.grown_bytes // 1024 // 1024,
        "connections answered 503": found.refused,
        "honest requests answered 200": found.served,
    }


def _attack(server: Leadloop, halves: int) -> Found:
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (min(OPEN_FILES, most), most))  # the server has them from us
    with serving(server) as attacker:
        honest = server.client()
        before = _resident_bytes(server.pid)
        found = asyncio.run(_all(server, attacker, honest, halves))
        honest.close()
    grown_bytes = found.grown_bytes - before
    if grown_bytes > LIMIT_BYTES:
        found.problems.append(f"the server grew by {grown_bytes // 1024 // 1024} MiB for {halves} half bodies")
    return found._replace(grown_bytes=grown_bytes)


async def _all(server: Leadloop, attacker: Client, honest: Client, halves: int) -> Found:
    """`grown_bytes` is the most that the server held."""
    lead_id = await asyncio.to_thread(honest.new_lead)
    path = lead_path(honest, "expad", lead_id)
    ended, problems, sent = asyncio.Event(), list[str](), asyncio.Semaphore(0)
    attacks = [asyncio.create_task(_half(attacker, sent, ended)) for _ in range(halves)]
    all_sent = asyncio.create_task(_acquire(sent, halves))
    slow = asyncio.create_task(_slow(honest, path))
    served, peak = 0, 0
    attacking = asyncio.gather(*attacks)
    async with Line(honest) as line:
        while not (all_sent.done() and slow.done()):
            said = await line.ask(Ask("PATCH", path, {"companyName": f"{served}"}))
            served += said.status == 200
            if said.status != 200:
                problems.append(f"an honest request was answered {said}")
            peak = max(peak, await asyncio.to_thread(_resident_bytes, server.pid))
            await asyncio.sleep(0.05)
    ended.set()
    refused = sum(await attacking)
    if (answer := await slow) != 200:
        problems.append(f"a slow honest request was answered {answer}")
    return Found(problems, peak, refused, served)


async def _acquire(sent: asyncio.Semaphore, times: int) -> None:
    for _ in range(times):
        await sent.acquire()


async def _half(client: Client, sent: asyncio.Semaphore, ended: asyncio.Event) -> bool:
    """Whether it was refused with 503. Releases `sent` when all that the server takes is sent."""
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


async def _slow(client: Client, path: str) -> int:
    """The status of an answer to a body that comes in pieces."""
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
        raise Gone from error
    finally:
        writer.close()


def _head(client: Client, path: str, method: str, length: int) -> bytes:
    lines = [f"{method} {path} HTTP/1.1", "Host: localhost", f"X-API-Key: {client.key}"]
    lines += ["Content-Type: application/json", f"Content-Length: {length}", "", ""]
    return "\r\n".join(lines).encode()


def _resident_bytes(pid: int) -> int:
    pages = int(Path(f"/proc/{pid}/statm").read_text("ascii").split()[1])
    return pages * resource.getpagesize()
