"""Keeps the SQL portable to distributed engines, and keeps it in .sql files.

Every key has account_id and every statement asks for it; nothing depends on sequences, triggers, advisory locks,
notifications or a clock or dice in the database. A comment `-- global: <reason>` directly above a statement frees it
from naming account_id, and from nothing else. A migration that begins with `-- plain: <reason>` is left out on
distributed engines; what else they ask of a statement is in `sql_nodes`. In Python, SQL may be written inside storage/
only.
"""

import ast
import re
import sys
from collections.abc import Iterator
from pathlib import Path

from tools.sql_nodes import migration_problems, names, node_problems
from tools.sql_statements import (
    ACCOUNTS,
    KEYLESS_TABLES,
    NOW_TEXT,
    READS_OR_WRITES,
    Statement,
    parenthesised,
    statements,
)

FORBIDDEN = [
    (r"\bpg_(?:try_)?advisory\w*", "advisory locks do not exist on distributed engines"),
    (r"^(?:UN)?LISTEN\b|^NOTIFY\b|\bpg_notify\b", "LISTEN and NOTIFY do not exist on distributed engines"),
    (r"\b(?:BIG|SMALL)?SERIAL[248]?\b|\bAS IDENTITY\b|\bAUTOINCREMENT\b", "the application makes the ids"),
    (
        r"\b(?:CREATE|ALTER) (?:TEMP |TEMPORARY |UNLOGGED )?SEQUENCE\b|\b(?:nextval|setval|currval|lastval)\b",
        "the application makes the ids, no sequences",
    ),
    (
        r"\bCREATE (?:OR REPLACE |TEMP |TEMPORARY |CONSTRAINT |EVENT )*(?:TRIGGER|RULE)\b",
        "no triggers: the application does the work",
    ),
    (r"\bplpgsql\b|^DO\b|\bCREATE (?:OR REPLACE )?(?:FUNCTION|PROCEDURE)\b", "no functions in the database"),
    (r"\bEXCLUDE (?:USING|\()", "an exclusion constraint cannot be kept by distributed engines"),
    (r"\bON CONFLICT ON CONSTRAINT\b", "name the columns of the key"),
]
COLUMN_STORAGE = re.compile(r"\bSET (?:STORAGE|COMPRESSION)\b|\b(?:STORAGE MAIN|COMPRESSION lz4)\b", re.IGNORECASE)
CLOCK_OR_DICE = re.compile(
    r"\b(?:now|random\w*|setseed|unixepoch|julianday|strftime|datetime|timediff|timeofday|clock_timestamp"
    r"|statement_timestamp|transaction_timestamp|gen_random_\w+|uuidv[47]|uuid_generate_\w+|txid_current\w*"
    r"|pg_current_xact_id\w*)\s?\(|\b(?:CURRENT_(?:TIMESTAMP|TIME|DATE)|LOCALTIME(?:STAMP)?)\b|" + NOW_TEXT.pattern,
    re.IGNORECASE,
)
WRITES = re.compile(r"(?<!FOR )(?<!NO KEY )\b(?:UPDATE|INSERT|DELETE|REPLACE INTO|MERGE|DEFAULT)\b", re.IGNORECASE)
ROW_LOCK = re.compile(r"\bFOR (?:NO KEY |KEY )?(?:UPDATE|SHARE)\b", re.IGNORECASE)
INSERT = re.compile(r"\b(?:INSERT|REPLACE|MERGE) INTO (\w+) ?(?:AS \w+ ?)?\(([^)]*)\)", re.IGNORECASE)
COMPARED = re.compile(r"\baccount_id ?(?:=|IN\b)|= ?(?:\w+\.)?account_id\b", re.IGNORECASE)
CONFLICT = re.compile(r"\bON CONFLICT ?(?=\()", re.IGNORECASE)
CREATE_TABLE = re.compile(
    r"^CREATE (?:TEMP |TEMPORARY |UNLOGGED )?TABLE (?:IF NOT EXISTS )?(\w+) ?\((.*)\)", re.IGNORECASE
)
UNIQUE_INDEX = re.compile(
    r"^CREATE UNIQUE INDEX (?:CONCURRENTLY )?(?:IF NOT EXISTS )?\w* ?ON (\w+) ?(?:USING \w+ ?)?(?=\()", re.IGNORECASE
)
ADDED = re.compile(
    r"^ALTER TABLE (?:IF EXISTS )?(?:ONLY )?(\w+) ADD (?:COLUMN )?(?:IF NOT EXISTS )?(.*)", re.IGNORECASE
)
TABLE_KEY = re.compile(r"^(?:CONSTRAINT \w+ )?(?:PRIMARY KEY|UNIQUE)(?: NULLS NOT DISTINCT)? ?\((.*?)\)", re.IGNORECASE)
COLUMN_KEY = re.compile(r"^(\w+) .*\b(?:PRIMARY KEY|UNIQUE)\b", re.IGNORECASE)
FOREIGN_KEY = re.compile(
    r"^(?:CONSTRAINT \w+ )?FOREIGN KEY ?\((.*?)\) REFERENCES \w+(?: ?\((.*?)\))?|^(\w+) .*\bREFERENCES\b", re.IGNORECASE
)
SQL_IN_PYTHON = re.compile(r"\s*(?:SELECT|INSERT|UPDATE|DELETE|CREATE)\s+(?![\s/])")


def _words(text: str) -> set[str]:
    return set(re.findall(r"\w+", text.lower()))


def _names_account(table: str, columns: str) -> bool:
    """Whether these columns hold the account's id, which the table of accounts calls id."""
    words = _words(columns)
    return "account_id" in words or (table.lower() == ACCOUNTS and "id" in words)


def _entries(body: str) -> Iterator[str]:
    """The columns and constraints of a CREATE TABLE: its body split at the commas outside parentheses."""
    depth, entry = 0, ""
    for letter in body:
        depth += {"(": 1, ")": -1}.get(letter, 0)
        if letter == "," and depth == 0:
            yield entry.strip()
            entry = ""
        else:
            entry += letter
    yield entry.strip()


def _key_problems(statement: Statement) -> Iterator[str]:
    """Keys and unique indexes that could be equal in two accounts."""
    if index := UNIQUE_INDEX.match(statement.text):
        table, columns = index[1], parenthesised(statement.text, index.end())
        if not _names_account(table, columns):
            yield f"the unique index on {table} ({columns}) lacks account_id"
    create, added = CREATE_TABLE.match(statement.text), ADDED.match(statement.text)
    definition = create or added
    if definition is None or (table := definition[1]).lower() in KEYLESS_TABLES:
        return
    entries = list(_entries(definition[2]))
    keys = [key[1] for entry in entries if (key := TABLE_KEY.match(entry) or COLUMN_KEY.match(entry))]
    if create and not keys:
        yield f"the table {table} has no primary key"
    for columns in keys:
        if not _names_account(table, columns):
            yield f"the key ({columns}) of {table} lacks account_id"
    for reference in filter(None, map(FOREIGN_KEY.match, entries)):
        if not all("account_id" in _words(columns or "") for columns in reference.group(1, 2)):
            yield f"a foreign key of {table} lacks account_id"


def _scope_problems(statement: Statement) -> Iterator[str]:
    """Statements that could reach the rows of every account."""
    if not READS_OR_WRITES.match(statement.text):
        return
    tables, inserts = statement.tables, INSERT.findall(statement.text)
    written = {table.lower() for table, _ in inserts}
    if tables | written and tables | written <= KEYLESS_TABLES:
        return
    asks = COMPARED.search(statement.text) is not None or (tables == {ACCOUNTS} and "id" in _words(statement.text))
    if ROW_LOCK.search(statement.text) and not asks:
        yield "FOR UPDATE without account_id locks rows of every account"
    if not statement.is_global:
        yield from _conflict_problems(statement.text, [table for table, _ in inserts])
    if statement.is_global:
        return
    files = bool(inserts) and not tables
    if not (asks or files) or not all(_names_account(*insert) for insert in inserts):
        yield "the statement does not ask for account_id; if it must not, say why in a `-- global: <reason>` line above"


def _conflict_problems(text: str, tables: list[str]) -> Iterator[str]:
    """Conflict targets that are no key of ours."""
    for match in CONFLICT.finditer(text):
        target = parenthesised(text, match.end())
        if not re.fullmatch(r"[\w, ]+", target):
            yield f"ON CONFLICT ({target}): CockroachDB takes columns only"
        elif not any(_names_account(table, target) for table in tables):
            yield f"ON CONFLICT ({target}) lacks account_id"


def problems(sql: str) -> Iterator[tuple[int, str]]:
    """The line and the sentence of each rule that a .sql file breaks."""
    for statement in statements(sql):
        for pattern, reason in FORBIDDEN:
            if match := re.search(pattern, statement.text, re.IGNORECASE):
                yield statement.line, f"{match.group()}: {reason}"
        if WRITES.search(statement.text) and (match := CLOCK_OR_DICE.search(statement.text)):
            yield statement.line, f"{match.group()} in a write: pass the value, so that a rerun writes the same"
        if not sql.startswith("-- plain: ") and (match := COLUMN_STORAGE.search(statement.text)):
            yield (
                statement.line,
                f"{match.group()}: distributed engines refuse it; a `-- plain: <reason>` migration may",
            )
        if not statement.is_global:
            for problem in _key_problems(statement):
                yield statement.line, problem
        for problem in _scope_problems(statement):
            yield statement.line, problem


def naming_problems(sql: str) -> Iterator[tuple[int, str]]:
    """Statements outside migrations that lack their `-- name: word` and `-- description` lines, or share a name."""
    seen: set[str] = set()
    for statement in statements(sql):
        named = re.fullmatch(r"-- name: ([a-z]\w*)", statement.comments[0]) if statement.comments else None
        if named is None:
            yield statement.line, "the comment above the statement does not begin with `-- name: <name>`"
        elif len(statement.comments) < 2 or re.fullmatch(r"-- \S.*", statement.comments[1]) is None:
            yield statement.line, f"{named[1]} has no `-- description` line under its name"
        elif named[1] in seen:
            yield statement.line, f"the name {named[1]} is taken in this file"
        seen.update(named.groups() if named else ())


def sql_in_python(source: str) -> Iterator[tuple[int, str]]:
    """String literals that look like SQL statements."""
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and SQL_IN_PYTHON.match(node.value):
            yield node.lineno, "SQL is text, named, in .sql files under storage/"


def report(root: Path) -> Iterator[str]:
    """`path:line: sentence` for everything wrong below src/leadloop."""
    package = root / "src" / "leadloop"
    postgres = {path.name: names(path.read_text("utf-8")) for path in (package / "storage/postgres").glob("*.sql")}
    for path in sorted((package / "storage").rglob("*.sql")):
        sql = path.read_text("utf-8")
        messages = list(problems(sql))
        if "migrations" not in path.parts:
            messages += naming_problems(sql)
        if "sqlite" not in path.parts:
            messages += migration_problems(sql) if "migrations" in path.parts else node_problems(sql, postgres)
        for line, problem in sorted(messages):
            yield f"{path.relative_to(root)}:{line}: {problem}"
    for path in sorted(package.rglob("*.py")):
        if not path.is_relative_to(package / "storage"):
            for line, problem in sql_in_python(path.read_text("utf-8")):
                yield f"{path.relative_to(root)}:{line}: {problem}"


def main(root: Path) -> int:
    """The exit status: 1 when a rule is broken, and then everything found is printed."""
    messages = list(report(root))
    for line in messages:
        print(line)
    return 1 if messages else 0


if __name__ == "__main__":
    sys.exit(main(Path(__file__).resolve().parent.parent))
