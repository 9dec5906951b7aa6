"""SQL names the account everywhere, stays portable, and lives in .sql files."""

from pathlib import Path

import pytest

from tools.sql_lint import main, naming_problems, problems, sql_in_python

GLOBAL = "-- global: the engine's own housekeeping\n"

GOOD = [
    "CREATE TABLE leads (account_id text, id text, PRIMARY KEY (account_id, id));",
    "CREATE TABLE l (account_id text NOT NULL, id text NOT NULL, UNIQUE (account_id, id), CHECK (id IN ('a', 'b')));",
    "CREATE TABLE accounts (id text PRIMARY KEY, name text NOT NULL);",
    "CREATE TABLE IF NOT EXISTS schema_version (version integer PRIMARY KEY);",
    GLOBAL + "CREATE TABLE api_keys (hash bytea PRIMARY KEY);",
    "CREATE UNIQUE INDEX one ON leads (account_id, email);",
    "CREATE INDEX some ON leads (email);",
    GLOBAL + "CREATE UNIQUE INDEX one ON api_keys (hash);",
    "SELECT doc FROM leads WHERE account_id = $1 AND id = $2;",
    "SELECT name FROM accounts WHERE id = $1;",
    "SELECT max(version) FROM schema_version;",
    "SELECT id FROM people WHERE id = $1 FOR UPDATE;",
    "INSERT INTO people (id, email_key) VALUES ($1, $2) ON CONFLICT (email_key) DO NOTHING RETURNING id;",
    "SELECT s.digest FROM sessions AS s JOIN people AS p ON p.id = s.person_id;",
    GLOBAL + "SELECT account FROM api_keys WHERE hash = $1;",
    "-- name: find\n-- Finds it.\n" + GLOBAL + "SELECT 1;",
    "WITH won AS (SELECT id FROM leads WHERE account_id = $1) SELECT * FROM won;",
    "SELECT l.id FROM unnest($1::text[]) AS asked (account_id) JOIN leads AS l ON l.account_id = asked.account_id;",
    "INSERT INTO leads (account_id, id) SELECT $1, id FROM json_to_recordset($2) AS u (id text);",
    "INSERT INTO l (account_id, n) VALUES ($1, $2) ON CONFLICT (account_id) DO UPDATE SET n = l.n + excluded.n;",
    "INSERT INTO accounts (id, name) VALUES ($1, $2) ON CONFLICT (id) DO NOTHING;",
    "CREATE UNIQUE INDEX one ON leads (lower(email), account_id);",
    "ALTER TABLE leads ADD CONSTRAINT one UNIQUE (account_id, email);",
    "CREATE TABLE l (account_id text, id text, PRIMARY KEY (account_id, id),"
    " FOREIGN KEY (account_id, id) REFERENCES leads (account_id, id));",
    "-- plain: engines differ\nALTER TABLE leads ALTER COLUMN doc SET STORAGE MAIN;",
    "INSERT INTO leads (account_id, id) VALUES (?, ?) ON CONFLICT DO NOTHING;",
    "DELETE FROM leads WHERE account_id = ?;",
    "PRAGMA journal_mode = WAL;",
    "SET synchronous_commit = on;",
    "UPDATE leads SET updated = $3 WHERE account_id = $1 AND id = $2;",
    "SELECT now() FROM leads WHERE account_id = $1 FOR UPDATE;",
    "SELECT name FROM accounts WHERE id = $1 FOR UPDATE;",
    "/* SERIAL; */ SELECT 'NOTIFY; nextval' FROM leads WHERE account_id = $1; -- AUTOINCREMENT",
    "ALTER TABLE leads ADD COLUMN identity text;",
    "",
]

BAD = [
    ("CREATE TABLE leads (account_id text, id text PRIMARY KEY);", "the key (id) of leads lacks account_id"),
    ("CREATE TABLE leads (id text, PRIMARY KEY (id));", "the key (id) of leads lacks account_id"),
    ("CREATE TABLE l (account_id text, e text UNIQUE, PRIMARY KEY (account_id, e));", "the key (e) of l lacks"),
    ("CREATE TABLE l (account_id text PRIMARY KEY, e text, CONSTRAINT c UNIQUE (e));", "the key (e) of l lacks"),
    ("CREATE TABLE accounts (id text PRIMARY KEY, name text UNIQUE);", "the key (name) of accounts lacks account_id"),
    ("CREATE TABLE leads (account_id text, id text);", "the table leads has no primary key"),
    ("-- global:\nCREATE TABLE leads (id text PRIMARY KEY);", "the key (id) of leads lacks account_id"),
    (GLOBAL + "\nCREATE TABLE leads (id text PRIMARY KEY);", "the key (id) of leads lacks account_id"),
    ("CREATE UNIQUE INDEX one ON leads (email);", "the unique index on leads (email) lacks account_id"),
    ("CREATE UNIQUE INDEX one ON leads (lower(email));", "the unique index on leads (lower(email)) lacks account_id"),
    ("ALTER TABLE leads ADD CONSTRAINT one UNIQUE (email);", "the key (email) of leads lacks account_id"),
    ("ALTER TABLE leads ADD PRIMARY KEY (id);", "the key (id) of leads lacks account_id"),
    ("ALTER TABLE leads ADD COLUMN email text UNIQUE;", "the key (email) of leads lacks account_id"),
    ("ALTER TABLE l ADD FOREIGN KEY (lead_id) REFERENCES leads (id);", "a foreign key of l lacks account_id"),
    ("ALTER TABLE l ADD COLUMN lead_id text REFERENCES leads;", "a foreign key of l lacks account_id"),
    (
        "CREATE TABLE l (account_id text PRIMARY KEY, FOREIGN KEY (account_id) REFERENCES accounts);",
        "a foreign key of l lacks account_id",
    ),
    ("ALTER TABLE l ADD CONSTRAINT c EXCLUDE USING gist (account_id WITH =);", "an exclusion constraint"),
    ("ALTER TABLE leads ALTER COLUMN doc SET COMPRESSION lz4;", "SET COMPRESSION: distributed engines refuse it"),
    ("SELECT doc FROM leads WHERE id = $1;", "the statement does not ask for account_id"),
    ("SELECT doc FROM leads WHERE id = 'account_id'; -- account_id", "the statement does not ask for account_id"),
    ("SELECT name FROM accounts;", "the statement does not ask for account_id"),
    ("SELECT a.id FROM accounts a JOIN leads l ON l.id = a.id;", "the statement does not ask for account_id"),
    ("SELECT m.role FROM memberships AS m JOIN people AS p ON p.id = m.person_id;", "does not ask for account_id"),
    ("UPDATE leads SET doc = $1;", "the statement does not ask for account_id"),
    ("DELETE FROM leads;", "the statement does not ask for account_id"),
    ("INSERT INTO leads (id) VALUES (?);", "the statement does not ask for account_id"),
    ("REPLACE INTO leads (id) VALUES (?);", "the statement does not ask for account_id"),
    ("WITH a AS (SELECT 1) DELETE FROM leads;", "the statement does not ask for account_id"),
    ("SELECT account_id FROM leads;", "the statement does not ask for account_id"),
    ("SELECT account_id, count(*) FROM leads GROUP BY account_id;", "the statement does not ask for account_id"),
    ("INSERT INTO l (account_id) SELECT account_id FROM leads;", "the statement does not ask for account_id"),
    ("INSERT INTO l SELECT $1;", "the statement does not ask for account_id"),
    ("INSERT INTO l (account_id) VALUES ($1) ON CONFLICT (id) DO NOTHING;", "ON CONFLICT (id) lacks account_id"),
    ("INSERT INTO l (account_id) VALUES ($1) ON CONFLICT (account_id, lower(e)) DO NOTHING;", "columns only"),
    ("INSERT INTO l (account_id) VALUES ($1) ON CONFLICT ON CONSTRAINT c DO NOTHING;", "name the columns of the key"),
    ("SELECT pg_advisory_xact_lock(1), account_id FROM leads;", "advisory locks"),
    ("SELECT pg_try_advisory_lock(1), account_id FROM leads;", "advisory locks"),
    ("LISTEN changes;", "LISTEN and NOTIFY"),
    ("NOTIFY changes;", "LISTEN and NOTIFY"),
    (GLOBAL + "SELECT pg_notify('a', 'b');", "LISTEN and NOTIFY"),
    ("CREATE TABLE l (account_id text, id BIGSERIAL, PRIMARY KEY (account_id, id));", "the application makes the ids"),
    ("ALTER TABLE l ADD COLUMN n serial;", "the application makes the ids"),
    ("ALTER TABLE l ADD COLUMN n bigint GENERATED ALWAYS AS IDENTITY;", "the application makes the ids"),
    (GLOBAL + "CREATE TABLE l (id INTEGER PRIMARY KEY AUTOINCREMENT);", "the application makes the ids"),
    ("CREATE SEQUENCE numbers;", "no sequences"),
    ("SELECT nextval('numbers'), account_id FROM leads;", "no sequences"),
    ("SELECT setval('numbers', 1), account_id FROM leads;", "no sequences"),
    ("ALTER SEQUENCE numbers RESTART;", "no sequences"),
    ("CREATE EVENT TRIGGER t ON ddl_command_end EXECUTE FUNCTION f();", "no triggers"),
    ("CREATE RULE r AS ON INSERT TO leads DO NOTHING;", "no triggers"),
    ("CREATE TRIGGER t AFTER INSERT ON leads BEGIN SELECT account_id FROM leads; END;", "no triggers"),
    ("CREATE OR REPLACE TRIGGER t BEFORE UPDATE ON leads EXECUTE FUNCTION f();", "no triggers"),
    ("CREATE FUNCTION f() RETURNS int LANGUAGE plpgsql AS $$ BEGIN; END $$;", "no functions in the database"),
    ("DO $$ BEGIN; END $$;", "no functions in the database"),
    ("UPDATE leads SET updated = now() WHERE account_id = $1;", "now( in a write"),
    ("UPDATE leads SET n = random() WHERE account_id = $1;", "random( in a write"),
    ("UPDATE leads SET t = CURRENT_TIMESTAMP WHERE account_id = $1;", "CURRENT_TIMESTAMP in a write"),
    ("INSERT INTO l (account_id) VALUES ($1) ON CONFLICT DO UPDATE SET t = now();", "now( in a write"),
    ("INSERT INTO l (account_id, t) VALUES ($1, clock_timestamp());", "clock_timestamp( in a write"),
    ("DELETE FROM l WHERE account_id = $1 AND t < now();", "now( in a write"),
    ("UPDATE leads SET t = 'now'::timestamptz WHERE account_id = $1;", "'now' in a write"),
    ("UPDATE leads SET t = datetime('now') WHERE account_id = ?;", "datetime( in a write"),
    ("UPDATE leads SET id = gen_random_uuid() WHERE account_id = $1;", "gen_random_uuid( in a write"),
    ("CREATE TABLE l (account_id text PRIMARY KEY, t timestamptz DEFAULT now());", "now( in a write"),
    ("SELECT account_id FROM leads FOR UPDATE;", "FOR UPDATE without account_id"),
    ("SELECT id FROM leads FOR NO KEY UPDATE;", "FOR UPDATE without account_id"),
    ("SELECT id FROM leads FOR KEY SHARE;", "FOR UPDATE without account_id"),
    ("SELECT id FROM leads LIMIT 5 FOR UPDATE SKIP LOCKED;", "FOR UPDATE without account_id"),
    (GLOBAL + "SELECT id FROM leads LIMIT 5 FOR UPDATE SKIP LOCKED;", "FOR UPDATE without account_id"),
]


@pytest.mark.parametrize("sql", GOOD)
def test_accepted(sql: str) -> None:
    assert list(problems(sql)) == []


@pytest.mark.parametrize(("sql", "sentence"), BAD)
def test_refused(sql: str, sentence: str) -> None:
    assert any(sentence in problem for _, problem in problems(sql)), list(problems(sql))


def test_the_line_is_that_of_the_statement() -> None:
    assert [line for line, _ in problems("-- first\nPRAGMA x;\n\n-- second\nDELETE\nFROM leads;\n")] == [5]


def test_a_named_and_described_statement_is_accepted() -> None:
    assert list(naming_problems("-- name: get_lead\n-- One lead.\nSELECT 1;\n\n-- name: two\n-- Two.\nSELECT 2;")) == []


@pytest.mark.parametrize(
    ("sql", "sentence"),
    [
        ("SELECT 1;", "does not begin with `-- name: <name>`"),
        ("-- One lead.\nSELECT 1;", "does not begin with `-- name: <name>`"),
        ("-- name: get_lead\nSELECT 1;", "get_lead has no `-- description` line"),
        ("-- name: a\n-- A.\nSELECT 1;\n-- name: a\n-- A.\nSELECT 2;", "the name a is taken"),
        ("-- name: a\n-- A.\nSELECT 1;\nSELECT 2;", "does not begin with `-- name: <name>`"),
    ],
)
def test_an_unnamed_statement_is_refused(sql: str, sentence: str) -> None:
    assert [problem for _, problem in naming_problems(sql) if sentence in problem]


@pytest.mark.parametrize(
    "source",
    [
        "x = 'SELECT 1'",
        "x = '''\n  INSERT INTO l'''",
        "x = f'UPDATE {t}'",
        "x = 'DELETE FROM l'",
        "x = 'CREATE TABLE l'",
    ],
)
def test_sql_in_python_is_refused(source: str) -> None:
    assert [problem for _, problem in sql_in_python(source)] == ["SQL is text, named, in .sql files under storage/"]


@pytest.mark.parametrize(
    "source", ["x = 'Update the lead'", "x = 'DELETE /leads/{id}'", "x = 'SELECTED'", "SELECT = 1"]
)
def test_other_text_in_python_is_accepted(source: str) -> None:
    assert list(sql_in_python(source)) == []


def test_the_whole_tree_is_read(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    package = tmp_path / "src" / "leadloop"
    files = {
        "storage/sqlite/leads.sql": "-- name: all\n-- All leads.\nSELECT 1;\n",
        "storage/sqlite/migrations/0001_start.sql": "CREATE TABLE l (id text PRIMARY KEY);\n",
        "storage/sqlite/engine.py": "x = 'SELECT 1'\n",
        "storage/postgres/leads.sql": "-- name: b\n-- B.\nSELECT l.id FROM l JOIN m ON l.account_id = m.account_id;\n",
        "api/guard.py": "x = 1\ny = 'SELECT 1'\n",
    }
    for name, text in files.items():
        (package / name).parent.mkdir(parents=True, exist_ok=True)
        (package / name).write_text(text)
    assert main(tmp_path) == 1
    assert [line.split(": ")[0] for line in capsys.readouterr().out.splitlines()] == [
        "src/leadloop/storage/postgres/leads.sql:3",
        "src/leadloop/storage/sqlite/leads.sql:3",
        "src/leadloop/storage/sqlite/migrations/0001_start.sql:1",
        "src/leadloop/api/guard.py:2",
    ]


def test_a_clean_tree_passes(tmp_path: Path) -> None:
    (tmp_path / "src" / "leadloop" / "storage").mkdir(parents=True)
    assert main(tmp_path) == 0
