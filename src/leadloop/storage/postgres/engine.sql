-- name: server_version
-- Proves that the server answers.
-- global: about the server
SELECT current_setting('server_version');

-- name: database_bytes
-- The size on disk.
-- global: about the server
SELECT pg_database_size(current_database());

-- name: unsafe_settings
-- The settings with which the server can lose commits.
-- global: about the server
SELECT coalesce(string_agg(name, ', ' ORDER BY name), '') FROM pg_settings
WHERE name IN ('fsync', 'synchronous_commit', 'full_page_writes') AND setting = 'off';

-- name: begin
-- Begins a transaction of several statements.
BEGIN;

-- name: commit
-- Commits it.
COMMIT;

-- name: rollback
-- Rolls it back.
ROLLBACK;

-- name: has_mark
-- Whether the table of the mark exists: an older database lacks it.
-- global: the engine's own housekeeping
SELECT to_regclass('distribution') IS NOT NULL;

-- name: get_mark
-- Since when the database is distributed.
SELECT since_ms FROM distribution;
