"""Keeps the SQL portable to distributed engines, and keeps it in .sql files.

Every key and every statement names account_id; nothing depends on sequences, triggers, advisory locks, notifications
or a clock or dice in the database. A comment `-- global: <reason>` directly above a statement frees it from naming
account_id, and from nothing else. In Python, SQL may be written inside storage/ only.

This reads SQL by its words, not by its grammar: what it cannot tell apart it reports.
"""

import ast
import re
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

KEYLESS_TABLES = {"schema_version"}
ACCOUNTS = "accounts"

# Comments, quoted text and dollar-quoted bodies; what remains is the words and the punctuation.
SKIPPED = re.compile(r"--[^\n]*|/\*.*?\*/|'(?:[^']|'')*'|\$(\w*)\$.*?\$\1\$", re.DOTALL)
FORBIDDEN = [
    (r"\bpg_(?:try_)?advisory\w*", "advisory locks do not exist on distributed engines"),
    (r"^(?:UN)?LISTEN\b|^NOTIFY\b|\bpg_notify\b", "LISTEN and NOTIFY do not exist on distributed engines"),
    (r"\b(?:BIG|SMALL)?SERIAL[248]?\b|\bAS IDENTITY\b|\bAUTOINCREMENT\b", "the application makes the ids"),
    (r"\bCREATE (?:TEMP |TEMPORARY |UNLOGGED )?SEQUENCE\b|\bnextval\b", "the application makes the ids, no sequences"),
    (r"\bCREATE (?:OR REPLACE |TEMP |TEMPORARY |CONSTRAINT )*TRIGGER\b", "no triggers: the application does the work"),
    (r"\bplpgsql\b|^DO\b|\bCREATE (?:OR REPLACE )?(?:FUNCTION|PROCEDURE)\b", "no functions in the database"),
]
CLOCK_OR_DICE = re.compile(
    r"\b(?:now|random|randomblob|unixepoch|julianday|clock_timestamp|statement_timestamp|transaction_timestamp"
    r"|gen_random_uuid)\s?\(|\b(?:CURRENT_(?:TIMESTAMP|TIME|DATE)|LOCALTIME(?:STAMP)?)\b",
    re.IGNORECASE,
)
READS_OR_WRITES = re.compile(r"^(?:WITH|SELECT|INSERT|UPDATE|DELETE|REPLACE|MERGE)\b", re.IGNORECASE)
UPDATES = re.compile(r"(?<!FOR )(?<!NO KEY )\bUPDATE\b", re.IGNORECASE)
ROW_LOCK = re.compile(r"\bFOR (?:NO KEY )?(?:UPDATE|SHARE)\b", re.IGNORECASE)
TABLE_NAMES = re.compile(r"\b(?:FROM|JOIN|INTO|(?<!FOR )UPDATE)(?: ONLY)? (\w+)\b(?! ?\()", re.IGNORECASE)
CREATE_TABLE = re.compile(
    r"^CREATE (?:TEMP |TEMPORARY |UNLOGGED )?TABLE (?:IF NOT EXISTS )?(\w+) ?\((.*)\)", re.IGNORECASE
)
UNIQUE_INDEX = re.compile(
    r"^CREATE UNIQUE INDEX (?:CONCURRENTLY )?(?:IF NOT EXISTS )?\w* ?ON (\w+) ?(?:USING \w+ ?)?\((.*?)\)", re.IGNORECASE
)
TABLE_KEY = re.compile(r"^(?:CONSTRAINT \w+ )?(?:PRIMARY KEY|UNIQUE)(?: NULLS NOT DISTINCT)? ?\((.*?)\)", re.IGNORECASE)
COLUMN_KEY = re.compile(r"^(\w+) .*\b(?:PRIMARY KEY|UNIQUE)\b", re.IGNORECASE)
SQL_IN_PYTHON = re.compile(r"\s*(?:SELECT|INSERT|UPDATE|DELETE|CREATE)\s+(?![\s/])")


@dataclass(frozen=True)
class Statement:
    """One statement: its first line's number, the comment lines directly above it, and its words, single-spaced."""

    line: int
    comments: tuple[str, ...]
    text: str

    @property
    def is_global(self) -> bool:
        return any(re.match(r"--\s*global:\s*\S", comment) for comment in self.comments)


def statements(sql: str) -> Iterator[Statement]:
    """The statements of a .sql file, without comments and with quoted text emptied; each ends at a semicolon."""
    bare = SKIPPED.sub(_blanked, sql)
    start = 0
    for end in [*(match.start() for match in re.finditer(";", bare)), len(bare)]:
        body = bare[start:end]
        if body.strip():
            first = start + len(body) - len(body.lstrip())
            line = bare.count("\n", 0, first) + 1
            yield Statement(line, _comments_above(sql.splitlines(), line), " ".join(body.split()))
        start = end + 1


def _blanked(match: re.Match[str]) -> str:
    """The same length and line breaks without the content; quoted text keeps its quotes."""
    blank = re.sub(r"[^\n]", " ", match.group())
    return blank if match.group().startswith(("--", "/*")) else f"'{blank[1:-1]}'"


def _comments_above(lines: list[str], line: int) -> tuple[str, ...]:
    above: list[str] = []
    for text in reversed(lines[: line - 1]):
        if not text.lstrip().startswith("--"):
            break
        above.insert(0, text.strip())
    return tuple(above)


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
        table, columns = index.groups()
        if not _names_account(table, columns):
            yield f"the unique index on {table} ({columns}) lacks account_id"
    if create := CREATE_TABLE.match(statement.text):
        table, body = create.groups()
        if table.lower() in KEYLESS_TABLES:
            return
        keys = [key.group(1) for entry in _entries(body) if (key := TABLE_KEY.match(entry) or COLUMN_KEY.match(entry))]
        if not keys:
            yield f"the table {table} has no primary key"
        for columns in keys:
            if not _names_account(table, columns):
                yield f"the key ({columns}) of {table} lacks account_id"


def _scope_problems(statement: Statement) -> Iterator[str]:
    """Statements that could reach the rows of every account."""
    if not READS_OR_WRITES.match(statement.text):
        return
    words = _words(statement.text)
    tables = {name.lower() for name in TABLE_NAMES.findall(statement.text)}
    by_account = "account_id" in words or (tables == {ACCOUNTS} and "id" in words)
    if ROW_LOCK.search(statement.text) and not by_account:
        yield "FOR UPDATE without account_id locks rows of every account"
    if by_account or statement.is_global or (tables and tables <= KEYLESS_TABLES):
        return
    yield "the statement does not mention account_id; if it must not, say why in a `-- global: <reason>` line above it"


def problems(sql: str) -> Iterator[tuple[int, str]]:
    """The line and the sentence of each rule that a .sql file breaks."""
    for statement in statements(sql):
        for pattern, reason in FORBIDDEN:
            if found := re.search(pattern, statement.text, re.IGNORECASE):
                yield statement.line, f"{found.group()}: {reason}"
        if UPDATES.search(statement.text) and (found := CLOCK_OR_DICE.search(statement.text)):
            yield statement.line, f"{found.group()} in an UPDATE: pass the value, so that a rerun writes the same"
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
    for path in sorted((package / "storage").rglob("*.sql")):
        sql = path.read_text("utf-8")
        found = [*problems(sql), *([] if "migrations" in path.parts else naming_problems(sql))]
        for line, problem in sorted(found):
            yield f"{path.relative_to(root)}:{line}: {problem}"
    for path in sorted(package.rglob("*.py")):
        if not path.is_relative_to(package / "storage"):
            for line, problem in sql_in_python(path.read_text("utf-8")):
                yield f"{path.relative_to(root)}:{line}: {problem}"


def main(root: Path) -> int:
    """The exit status: 1 when a rule is broken, and then everything found is printed."""
    found = list(report(root))
    for line in found:
        print(line)
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main(Path(__file__).resolve().parent.parent))
