"""Lists the migrations, and those that a database lacks. Each engine applies them in its own way.

A migration is a file `migrations/NNNN_what.sql`. They run in the order of their numbers; there is no way back.
"""

from collections.abc import Collection
from pathlib import Path
from typing import NamedTuple

REBUILD = "-- rebuild: "


class Migration(NamedTuple):
    version: int
    name: str
    sql: str

    @property
    def statements(self) -> list[str]:
        """The statements in order, without comments. A migration that only rebuilds projections has none."""
        lines = "\n".join(line for line in self.sql.splitlines() if not line.startswith("--"))
        return [statement for statement in map(str.strip, f"{lines}\n".split(";\n")) if statement]

    @property
    def rebuilds(self) -> list[str]:
        """The projections whose tables it rebuilds from the leads: it begins with `-- rebuild: words terms`."""
        first, _, _ = self.sql.partition("\n")
        return first.removeprefix(REBUILD).split() if first.startswith(REBUILD) else []


def migrations(module_file: str) -> list[Migration]:
    """The migrations in the folder `migrations` beside the module at `module_file`, in order."""
    files = sorted((Path(module_file).parent / "migrations").glob("*.sql"))
    return [Migration(int(file.stem.split("_")[0]), file.stem, file.read_text("utf-8")) for file in files]


def pending(all_migrations: list[Migration], applied: Collection[int]) -> list[Migration]:
    return [migration for migration in all_migrations if migration.version not in applied]


def problem(all_migrations: list[Migration], applied: Collection[int]) -> str | None:
    """What the operator must do before a server can use a database with these migrations, in one sentence; or
    `None`."""
    if set(applied) - {migration.version for migration in all_migrations}:
        return "the database was migrated by a newer leadloop: update this one"
    if missing := pending(all_migrations, applied):
        return f"run `leadloop migrate`: the database lacks {', '.join(migration.name for migration in missing)}"
    return None
