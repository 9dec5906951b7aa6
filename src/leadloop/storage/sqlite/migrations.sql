-- name: create_versions
-- The table that says which migrations were applied.
CREATE TABLE IF NOT EXISTS schema_version (
    version INTEGER NOT NULL PRIMARY KEY,
    name TEXT NOT NULL,
    applied_at_ms INTEGER NOT NULL
) STRICT;

-- name: has_versions
-- Whether there is that table.
-- global: the engine's own housekeeping
SELECT count(*) FROM sqlite_schema WHERE type = 'table' AND name = 'schema_version';

-- name: list_versions
-- Which were applied.
SELECT version FROM schema_version;

-- name: insert_version
-- Another one is.
-- global: the engine's own housekeeping
INSERT INTO schema_version (version, name, applied_at_ms) VALUES (?1, ?2, ?3);
