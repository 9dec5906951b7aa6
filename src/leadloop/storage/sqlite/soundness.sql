-- name: check_all
-- The first problem anywhere in the file, or ok.
PRAGMA integrity_check(1);

-- name: list_tables
-- All tables, quoted, except virtual ones: they store their rows in other tables, and some cannot be read.
-- global: the engine's own housekeeping
SELECT '"' || name || '"' FROM sqlite_schema WHERE type = 'table' AND sql NOT LIKE 'CREATE VIRTUAL%';

-- name: read_first
-- One row of a table.
-- global: the engine's own housekeeping
SELECT * FROM table_name LIMIT 1;

-- name: page_count
-- Pages of the file.
PRAGMA page_count;

-- name: page_size
-- Bytes of a page.
PRAGMA page_size;
