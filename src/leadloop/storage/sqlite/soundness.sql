-- name: check_all
-- The first problem anywhere in the file, or ok.
PRAGMA integrity_check(1);

-- name: list_tables
-- All tables, quoted. Virtual ones are left out: they keep their rows in others, and some give no row away.
-- global: the engine's own housekeeping
SELECT '"' || name || '"' FROM sqlite_schema WHERE type = 'table' AND sql NOT LIKE 'CREATE VIRTUAL%';

-- name: read_first
-- One row of a table.
-- global: the engine's own housekeeping
SELECT * FROM table_name LIMIT 1;
