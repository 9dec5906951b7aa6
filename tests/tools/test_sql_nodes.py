"""Finds statements that a distributed engine refuses before they run: on one PostgreSQL they would work."""

import pytest

from tools.sql_nodes import migration_problems, names, node_problems

MIXED = "-- mixed: a group of any accounts; one.sql has its counterpart\n"
GLOBAL = "-- global: a worker sends for all accounts\n"
ROWS = "FROM json_to_recordset($2::json) AS u (id text, doc text) WHERE l.account_id = $1 AND l.id = u.id"
KNOWN = {"one.sql": {"find", "add"}}


def problems(sql: str) -> list[str]:
    return [problem for _, problem in node_problems(sql, KNOWN)]


@pytest.mark.parametrize(
    "sql",
    [
        "SELECT doc FROM leads WHERE account_id = $1 AND id = $2;",
        "SELECT convert_to(doc::text, 'UTF8') FROM leads WHERE account_id = $1 FOR UPDATE;",
        "UPDATE leads SET n = u.n FROM unnest($2::int[]) AS u (n) WHERE leads.account_id = $1;",
        f"UPDATE leads AS l SET doc = u.doc::jsonb {ROWS};",
        "INSERT INTO leads (account_id) VALUES ($1);",
        "INSERT INTO l (account_id, n) VALUES ($1, $2) ON CONFLICT (account_id) DO UPDATE SET n = $3;",
        "SELECT name FROM accounts;",
        GLOBAL + "SELECT account_id FROM api_keys WHERE id = $1;",
        "-- name: find\n-- Finds it.\n" + MIXED + "WITH a AS (DELETE FROM l RETURNING id) SELECT id FROM a;",
        "-- name: save\n-- Saves.\n-- mixed: any accounts; one.sql has find, add\nUPDATE leads SET doc = concat(id);",
        "SELECT b.n FROM unnest($2::text[]) AS a (id) CROSS JOIN LATERAL"
        " (SELECT n FROM l WHERE account_id = $1 AND id = a.id LIMIT 1) AS b;",
        "BEGIN;",
    ],
)
def test_accepted(sql: str) -> None:
    assert problems(sql) == []


@pytest.mark.parametrize(
    ("sql", "sentence"),
    [
        ("SELECT id FROM leads WHERE account_id = ANY ($1);", "not every table"),
        ("SELECT l.id FROM l JOIN m ON l.account_id = m.account_id WHERE l.account_id = $1;", "not every table"),
        ("UPDATE l SET n = 1 FROM unnest($1::text[]) AS u (a) WHERE l.account_id = u.a;", "not every table"),
        ("WITH a AS (INSERT INTO l (account_id) VALUES ($1)) SELECT 1;", "a write inside WITH"),
        ("WITH a AS MATERIALIZED (UPDATE l SET n = 1 WHERE account_id = $1) SELECT 1;", "a write inside WITH"),
        (f"UPDATE leads AS l SET doc = convert_from(u.doc, 'UTF8')::jsonb {ROWS};", "convert_from( in a change"),
        (f"UPDATE leads AS l SET doc = to_jsonb(u.doc) {ROWS};", "to_jsonb( in a change"),
        ("UPDATE l SET n = 1 WHERE account_id = $1 AND concat(a, b) = $2;", "concat( in a change"),
        ("DELETE FROM l WHERE account_id = $1 AND to_char(at, 'YYYY') = $2;", "to_char( in a change"),
        (
            "INSERT INTO l (account_id, doc) VALUES ($1, $2) ON CONFLICT (account_id)"
            " DO UPDATE SET doc = jsonb_build_array(excluded.doc);",
            "jsonb_build_array( in a change",
        ),
        (GLOBAL + "UPDATE l SET doc = convert_from(raw, 'UTF8');", "convert_from( in a change"),
        (
            GLOBAL + "SELECT d.id FROM unnest($1::text[]) AS w (account_id) CROSS JOIN LATERAL"
            " (SELECT d.id FROM d WHERE d.account_id = w.account_id LIMIT 1) AS d;",
            "LIMIT in a lateral subquery",
        ),
        (
            "INSERT INTO l (account_id, n) SELECT $1, n FROM unnest($2::int[]) AS u (n)"
            " ON CONFLICT (account_id) DO UPDATE SET n = excluded.n WHERE l.n <> $3;",
            "$3 behind ON CONFLICT",
        ),
        ("-- mixed:\nSELECT id FROM leads;", "not every table"),
        ("-- mixed: any accounts\nSELECT id FROM leads;", "names its counterpart"),
        ("-- name: remove\n" + MIXED + "SELECT id FROM leads;", "one.sql has no statement remove"),
        ("-- mixed: any; one.sql has find, gone\nSELECT id FROM leads;", "one.sql has no statement gone"),
        ("-- mixed: any; other.sql has find\nSELECT id FROM leads;", "other.sql has no statement find"),
    ],
)
def test_refused(sql: str, sentence: str) -> None:
    assert any(sentence in problem for problem in problems(sql)), problems(sql)


@pytest.mark.parametrize(
    ("sql", "sentence"),
    [
        ("CREATE TABLE t (account_id text NOT NULL, PRIMARY KEY (account_id));", "t needs `account_id text COLLATE"),
        ("CREATE TABLE t (account_id uuid NOT NULL, PRIMARY KEY (account_id));", "t needs `account_id text COLLATE"),
        (GLOBAL + "UPDATE leads SET doc = to_jsonb(doc);", "to_jsonb( in a change"),
    ],
)
def test_refused_in_a_migration(sql: str, sentence: str) -> None:
    assert any(sentence in problem for _, problem in migration_problems(sql)), list(migration_problems(sql))


def test_accepted_in_a_migration() -> None:
    table = 'CREATE TABLE t (account_id text COLLATE "C" NOT NULL, n bigint NOT NULL, PRIMARY KEY (account_id, n));'
    once = "CREATE TABLE distribution (singleton bigint NOT NULL PRIMARY KEY);"
    assert list(migration_problems(f"{table}\n{once}\nALTER TABLE leads ADD COLUMN n bigint;")) == []


def test_statements_have_names() -> None:
    assert names("-- name: find\n-- Finds.\nSELECT 1;\n-- name: add\n-- Adds.\nSELECT 2;") == KNOWN["one.sql"]
