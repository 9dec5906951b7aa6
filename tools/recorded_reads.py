"""`python -m tools.recorded_reads`: records which fields of a lead each part of a projection reads.

It hands generated leads to the parts, and notes what they read. It fails where the recorded file says otherwise,
and `--write` replaces it. Where the rows of the same leads are other ones than before, stored rows have to be rebuilt:
it then writes the migration that does so, for both engines.
"""

import argparse
import json
import sys
from collections.abc import Callable, Iterable, Mapping
from functools import partial
from hashlib import blake2b
from pathlib import Path
from typing import Any, cast

import msgspec

from leadloop.core.leads.model import Lead
from leadloop.derived.everything import PROJECTIONS
from leadloop.derived.projection import FILE, Reads
from leadloop.insights import dimensions
from leadloop.insights.lead_view import COLUMNS, LeadView
from tools.generated_leads import generated_lead

LEADS, DIGESTED = 500, 200
"""How many leads are generated, and of how many of them the rows are digested."""
NEVER_CHANGE = {"account_id", "id"}
REBUILT = ("words", "terms", "facts")
"""The projections that are stored in tables of their own."""
STORAGE = Path(__file__).resolve().parent.parent / "src" / "leadloop" / "storage"

Recorded = dict[str, dict[str, Reads]]


class RecordingLead:
    """Stands for a lead, and notes which of its fields are read; of the parameters which of them."""

    def __init__(self, lead: Lead, fields: set[str]) -> None:
        self._lead, self._fields = lead, fields

    def __getattr__(self, name: str) -> Any:
        value = getattr(self._lead, name)
        if name == "params":
            return _RecordingParams(value, self._fields)
        self._fields.add(name)
        return value


class _RecordingParams(Mapping[str, str]):
    def __init__(self, params: Mapping[str, str], fields: set[str]) -> None:
        self._params, self._fields = params, fields

    def __getitem__(self, key: str) -> str:
        self._fields.add(f"params/{key}")
        return self._params[key]

    def __iter__(self) -> Any:
        raise NotImplementedError("a part that reads all parameters: record them as one field")

    def __len__(self) -> int:
        raise NotImplementedError("a part that reads all parameters: record them as one field")


def fields_read(read: Callable[[Lead], Iterable[Any]], leads: Iterable[Lead]) -> list[str]:
    """The fields, apart from those that never change, that `read` reads of any of the leads."""
    fields: set[str] = set()
    for lead in leads:
        list(read(cast(Lead, RecordingLead(lead, fields))))
    return sorted(fields - NEVER_CHANGE)


def _no_country() -> None:
    return None


def recorded() -> Recorded:
    """What is to be in the file."""
    leads = [generated_lead(seed) for seed in range(LEADS)]
    return {
        name: {part: _reads(partial(projection.rows, of=(part,)), leads) for part in projection.parts}
        for name, projection in PROJECTIONS.items()
    }


def _reads(rows: Callable[..., Iterable[Any]], leads: list[Lead]) -> Reads:
    def read(lead: Lead) -> Iterable[Any]:
        return rows(lead, _no_country)

    # As built-in values: renaming the type of a row changes no stored row.
    texts = (sorted(repr(msgspec.to_builtins(row)) for row in read(lead)) for lead in leads[:DIGESTED])
    digest = blake2b(repr(list(texts)).encode(), digest_size=8).hexdigest()
    return Reads(fields_read(read, leads), digest)


def recorded_members() -> dict[str, list[str]]:
    """What the dimensions of the Insights need of a document, beside the columns that are always read."""
    leads = [generated_lead(seed) for seed in range(LEADS)]

    def members(find: Callable[[LeadView], Iterable[Any]]) -> list[str]:
        fields = fields_read(lambda lead: find(cast(LeadView, lead)), leads)
        return sorted({field.partition("/")[0] for field in fields}.difference(COLUMNS) | ({"stage"} & set(fields)))

    return {name: members(dimension.find) for name, dimension in dimensions.DIMENSIONS.items()}


def outdated(stored: Recorded, current: Recorded) -> list[str]:
    """The stored projections whose rows are other ones than those recorded."""

    def rows(recorded: Recorded, name: str) -> dict[str, str]:
        return {part: reads.rows for part, reads in recorded.get(name, {}).items()}

    return [name for name in REBUILT if rows(stored, name) != rows(current, name)]


def write_migrations(names: list[str], storage: Path) -> list[Path]:
    """A migration for each engine that rebuilds these projections."""
    written = []
    for engine in ("sqlite", "postgres"):
        folder = storage / engine / "migrations"
        number = max(int(file.stem.split("_")[0]) for file in folder.glob("*.sql")) + 1
        file = folder / f"{number:04}_rebuild_{'_'.join(names)}.sql"
        file.write_text(f"-- rebuild: {' '.join(names)}\n", "utf-8")
        written.append(file)
    return written


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser("tools.recorded_reads", description=(__doc__ or "").partition("\n\n")[2])
    parser.add_argument("--write", action="store_true", help="record again, and write the migration that this needs")
    options = parser.parse_args(arguments)
    current = recorded()
    texts = {FILE: _text(msgspec.to_builtins(current)), dimensions.FILE: _text(recorded_members())}
    stored_text = FILE.read_text("utf-8")
    if all(file.read_text("utf-8") == text for file, text in texts.items()):
        return 0
    if not options.write:
        print("what is recorded is not what projections read now: run `python -m tools.recorded_reads --write`")
        return 1
    for file, text in texts.items():
        file.write_text(text, "utf-8")
    stored: Recorded = msgspec.json.decode(stored_text, type=Recorded)
    if stored and (names := outdated(stored, current)):
        for file in write_migrations(names, STORAGE):
            print(f"{file.relative_to(STORAGE)} rebuilds {' '.join(names)}: give it a name and a reason")
    return 0


def _text(recorded: Any) -> str:
    return json.dumps(recorded, indent=1) + "\n"


if __name__ == "__main__":
    sys.exit(main())
