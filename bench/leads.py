"""The leads of every contender: a year of leads (`leadloop.demo`), each with its whole history.

They are generated once and cached in cache/, by seed, number and state of the generating code. Leads after the first
`ORIGINALS` repeat them with their histories, under another id, name, e-mail and phone.
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
"""The end of the year 2025."""
ORIGINALS = 20_000
CACHE = Path(__file__).parent / "cache"


class _CachedHistory(Struct, frozen=True):
    """A cached history: only the last version of the lead is loaded."""

    doc: msgspec.Raw
    changes: list[Change]
    messages: list[Message | None]


_DECODER = msgspec.json.Decoder(_CachedHistory)


def histories(seed: int, count: int) -> Iterator[History]:
    """The histories. Only the last entry of each has the lead; earlier ones have only changes and messages."""
    return histories_of(cached_histories(seed, count), count)


def histories_of(file: Path, count: int) -> Iterator[History]:
    """The histories of a file of `cached_histories`, which another version of the code may have generated."""
    laps = chain.from_iterable(_read(file) for _ in repeat(None))
    for n, history in zip(range(count), laps, strict=False):
        yield history if n < ORIGINALS else _repeat(history, n)


def with_id(history: History, lead_id: str) -> History:
    return _rename(history, structs.replace(history[-1].lead, id=lead_id))


def _repeat(history: History, n: int) -> History:
    old = history[-1].lead
    new = {"name": f"Lead {n}", "email": f"lead.{n}@example.org", "phone": f"+55119{n:08}"}
    lead_id = old.id[:12] + stable_id(old.id, str(n))[:12]
    return _rename(history, structs.replace(old, id=lead_id, **new))


def _rename(history: History, lead: Lead) -> History:
    doc = encode(lead)
    return [Saved(lead, doc, structs.replace(saved.change, lead_id=lead.id), saved.message) for saved in history]


def cached_histories(seed: int, count: int) -> Path:
    """The file of the originals, generated if it is missing. Removes files that older code has generated."""
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
    """A digest of the code that generates the leads."""
    package = Path(leadloop.__file__).parent
    digest = blake2b(digest_size=8)
    for file in sorted([*package.glob("demo/**/*.py"), *package.glob("core/**/*.py")]):
        digest.update(file.read_bytes())
    return digest.hexdigest()


def _write(file: Path, histories: Iterable[History]) -> None:
    unfinished = file.with_suffix(f".{os.getpid()}")
    with gzip.open(unfinished, "wb", compresslevel=1) as lines:
        for history in histories:
            changes, messages = [saved.change for saved in history], [saved.message for saved in history]
            lines.write(msgspec.json.encode(_CachedHistory(msgspec.Raw(history[-1].doc), changes, messages)) + b"\n")
    unfinished.replace(file)


def _read(file: Path) -> Iterator[History]:
    with gzip.open(file, "rb") as lines:
        for line in lines:
            cached = _DECODER.decode(line)
            doc = bytes(cached.doc)
            lead = decode(doc)
            pairs = zip(cached.changes, cached.messages, strict=True)
            yield [Saved(lead, doc, change, message) for change, message in pairs]
