"""The leads that every contender is loaded with: a year of leads (`leadloop.demo`), each with its whole history.

They are made once and kept in cache/, for this seed, number and state of the code that makes them. Those behind the
first `ORIGINALS` repeat them, history and all, with another id, name, e-mail and phone.
"""

import gzip
import os
from collections.abc import Iterable, Iterator
from functools import lru_cache
from hashlib import blake2b
from itertools import chain, repeat
from pathlib import Path

import msgspec
from msgspec import Struct, structs

import leadloop
from leadloop.core.changes import Change
from leadloop.core.ids import stable_id
from leadloop.core.leads.doc import decode, encode
from leadloop.core.leads.model import Lead
from leadloop.core.leads.parts import Message
from leadloop.core.writes.unit import History, Saved
from leadloop.demo.year import year

ACCOUNT = "b" * 24
END_MS = 1_767_225_600_000
"""The end of the year: that of 2025."""
ORIGINALS = 20_000
CACHE = Path(__file__).parent / "cache"


class _Kept(Struct, frozen=True):
    """A history as it is kept: only the lead's last form is ever loaded."""

    doc: msgspec.Raw
    changes: list[Change]
    messages: list[Message | None]


_DECODER = msgspec.json.Decoder(_Kept)


def histories(seed: int, count: int) -> Iterator[History]:
    """Each ends with the lead as it is; what comes before tells the changes and messages only."""
    return histories_of(kept(seed, count), count)


def histories_of(file: Path, count: int) -> Iterator[History]:
    """Those of a file that `kept` has made, perhaps by other code."""
    laps = chain.from_iterable(_read(file) for _ in repeat(None))
    for n, history in zip(range(count), laps, strict=False):
        yield history if n < ORIGINALS else _again(history, n)


def with_id(history: History, lead_id: str) -> History:
    return _renamed(history, structs.replace(history[-1].lead, id=lead_id))


def _again(history: History, n: int) -> History:
    old = history[-1].lead
    new = {"name": f"Lead {n}", "email": f"lead.{n}@example.org", "phone": f"+55119{n:08}"}
    lead_id = old.id[:12] + stable_id(old.id, str(n))[:12]
    return _renamed(history, structs.replace(old, id=lead_id, **new))


def _renamed(history: History, lead: Lead) -> History:
    doc = encode(lead)
    return [Saved(lead, doc, structs.replace(one.change, lead_id=lead.id), one.message) for one in history]


def kept(seed: int, count: int) -> Path:
    """The file of the originals, made if need be. Sets that older code has made are removed."""
    count, code = min(count, ORIGINALS), _code()
    file = CACHE / f"{seed}-{count}-{code}.jsonl.gz"
    if not file.exists():
        CACHE.mkdir(exist_ok=True)
        for old in CACHE.glob("*.gz"):
            if not old.name.endswith(f"-{code}.jsonl.gz"):
                old.unlink(missing_ok=True)
        _write(file, year(seed, count, ACCOUNT, END_MS))
    return file


@lru_cache
def _code() -> str:
    """Tells apart the states of the code that makes the leads."""
    package = Path(leadloop.__file__).parent
    found = blake2b(digest_size=8)
    for file in sorted([*package.glob("demo/**/*.py"), *package.glob("core/**/*.py")]):
        found.update(file.read_bytes())
    return found.hexdigest()


def _write(file: Path, found: Iterable[History]) -> None:
    unfinished = file.with_suffix(f".{os.getpid()}")
    with gzip.open(unfinished, "wb", compresslevel=1) as lines:
        for history in found:
            changes, messages = [one.change for one in history], [one.message for one in history]
            lines.write(msgspec.json.encode(_Kept(msgspec.Raw(history[-1].doc), changes, messages)) + b"\n")
    unfinished.replace(file)


def _read(file: Path) -> Iterator[History]:
    with gzip.open(file, "rb") as lines:
        for line in lines:
            kept = _DECODER.decode(line)
            doc = bytes(kept.doc)
            lead = decode(doc)
            pairs = zip(kept.changes, kept.messages, strict=True)
            yield [Saved(lead, doc, change, message) for change, message in pairs]
