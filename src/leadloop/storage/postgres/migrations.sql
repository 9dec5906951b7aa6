-- name: create_versions
-- The table that says which migrations were applied.
CREATE TABLE IF NOT EXISTS schema_version (
    version bigint NOT NULL PRIMARY KEY,
    name text NOT NULL,
    applied_at_ms bigint NOT NULL
);

-- name: has_versions
-- Whether there is that table.
-- global: the engine's own housekeeping
SELECT to_regclass('schema_version') IS NOT NULL;

-- name: list_versions
-- Which were applied.
SELECT version FROM schema_version;

-- name: insert_version
-- Another one is. A process that migrates at the same time waits here, and then finds the row.
-- global: the engine's own housekeeping
INSERT INTO schema_version (version, name, applied_at_ms) VALUES ($1, $2, $3)
ON CONFLICT DO NOTHING RETURNING version;
