"""What a distributed engine (Citus) asks of PostgreSQL's statements, beyond naming the account.

It sends a statement to the node that has the account, so every table of it has `account_id = $n`, and it writes one
table. It places tables together only if their account_id are of one type and collation. A statement for one machine has
a `-- mixed: <reason>; <file>.sql has its counterpart`, or has the names of its counterparts there: those run in its
place on a distributed database.
"""

import re
from collections.abc import Iterator, Mapping

from tools.sql_statements import (
    ACCOUNTS,
    KEYLESS_TABLES,
    READS_OR_WRITES,
    TABLE_NAMES,
    Statement,
    lower,
    parenthesised,
    statements,
)

CTE_WRITE = re.compile(r"\bAS (?:NOT )?(?:MATERIALIZED )?\( ?(?:INSERT|UPDATE|DELETE|MERGE)\b", re.IGNORECASE)
ONE_ACCOUNT = re.compile(r"\baccount_id ?= ?\$\d", re.IGNORECASE)
PLACED_TABLE = re.compile(r"^CREATE TABLE (?:IF NOT EXISTS )?(\w+) ?\((?=.*\baccount_id\b)", re.IGNORECASE)
PLACED_BY = re.compile(r'\baccount_id text COLLATE "C" NOT NULL\b')
NAME = re.compile(r"-- name: (\w+)")
COUNTERPARTS = re.compile(r"--\s*mixed:\s*\S.*; (\w+\.sql) has (its counterpart|\w+(?:, \w+)*)")
LATERAL = re.compile(r"\bLATERAL ?(?=\()", re.IGNORECASE)
LIMIT = re.compile(r"\b(?:LIMIT|FETCH (?:FIRST|NEXT))\b", re.IGNORECASE)
INSERT_SELECT = re.compile(r"\bINSERT INTO [^;]*\)\s*SELECT\b.*\bON CONFLICT\b(.*)", re.IGNORECASE)
CHANGES = re.compile(r"(?<!FOR )(?<!NO KEY )\b(?:UPDATE|DELETE FROM|MERGE INTO)\b", re.IGNORECASE)
STABLE = re.compile(
    r"\b(?:convert_from|convert_to|convert|concat|concat_ws|format|to_char|to_number|to_date|to_timestamp|age|date_part"
    r"|date_trunc|row_to_json|array_to_json|to_jsonb?|jsonb?_build_\w+|jsonb?_object|jsonb?_agg|jsonb?_populate_record"
    r"|jsonb?_to_record|to_tsvector|to_tsquery|plainto_tsquery|phraseto_tsquery|websearch_to_tsquery|current_setting"
    r"|to_regclass|pg_typeof|array_to_string)\s?\(",
    re.IGNORECASE,
)
"""Functions whose result depends on more than their arguments: on a setting, the time zone, the encoding."""


def names(sql: str) -> set[str]:
    """Of the statements of a file."""
    return set(NAME.findall(sql))


def node_problems(sql: str, tables: Mapping[str, set[str]]) -> Iterator[tuple[int, str]]:
    """The line and the sentence of each statement that a distributed engine refuses. `known` has the names of
    the statements of each file."""
    for statement in statements(sql):
        if statement.says("mixed"):
            yield from ((statement.line, problem) for problem in _counterpart_problems(statement, tables))
        elif READS_OR_WRITES.match(statement.text):
            problems = [*_lateral_problems(statement), *_stable_problems(statement), *_conflict_problems(statement)]
            problems += [] if statement.is_global else _routing_problems(statement)
            yield from ((statement.line, problem) for problem in problems)


def migration_problems(sql: str) -> Iterator[tuple[int, str]]:
    """The same for a migration, which also runs on a database that is distributed already."""
    for statement in statements(sql):
        table = PLACED_TABLE.match(statement.text)
        if table is not None and not PLACED_BY.search(statement.text):
            yield (
                statement.line,
                f'{table[1]} needs `account_id text COLLATE "C" NOT NULL`, to be placed like the others',
            )
        for problem in (*_lateral_problems(statement), *_stable_problems(statement), *_conflict_problems(statement)):
            yield statement.line, problem


def _counterpart_problems(statement: Statement, tables: Mapping[str, set[str]]) -> Iterator[str]:
    mark = next(filter(None, map(COUNTERPARTS.fullmatch, statement.comments)), None)
    if mark is None:
        yield "a mixed statement names its counterpart: `-- mixed: <reason>; <file>.sql has its counterpart`"
        return
    own = [name[1] for name in map(NAME.fullmatch, statement.comments) if name]
    wanted = own if mark[2] == "its counterpart" else mark[2].split(", ")
    if missing := sorted(set(wanted) - tables.get(mark[1], set())):
        yield f"{mark[1]} has no statement {', '.join(missing)}"


def _routing_problems(statement: Statement) -> Iterator[str]:
    read = [table for table in lower(TABLE_NAMES.findall(statement.text)) if table in statement.tables]
    if len(ONE_ACCOUNT.findall(statement.text)) < len([t for t in read if t not in {ACCOUNTS, *KEYLESS_TABLES}]):
        yield "not every table of the statement has `account_id = $1`"
    if CTE_WRITE.search(statement.text):
        yield "a write inside WITH: Citus runs it in pieces, CockroachDB allows one a table"


def _lateral_problems(statement: Statement) -> Iterator[str]:
    for start in LATERAL.finditer(statement.text):
        body = parenthesised(statement.text, start.end())
        if LIMIT.search(body) and not ONE_ACCOUNT.search(body):
            yield "LIMIT in a lateral subquery of several accounts: Citus refuses it"


def _conflict_problems(statement: Statement) -> Iterator[str]:
    parts = INSERT_SELECT.search(statement.text)
    if parts is not None and (parameter := re.search(r"\$\d+", parts[1])):
        yield f"{parameter.group()} behind ON CONFLICT of an INSERT … SELECT: Citus takes no parameter there"


def _stable_problems(statement: Statement) -> Iterator[str]:
    change = CHANGES.search(statement.text)
    if change is not None and (call := STABLE.search(statement.text, change.start())):
        yield f"{call.group()} in a change of rows: Citus refuses functions that are not immutable there"
