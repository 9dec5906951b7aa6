-- name: create_versions
-- Creates the table of applied migrations.
CREATE TABLE IF NOT EXISTS schema_version (
    version bigint NOT NULL PRIMARY KEY,
    name text NOT NULL,
    applied_at_ms bigint NOT NULL
);

-- name: has_versions
-- Whether that table exists.
-- global: the engine's own housekeeping
SELECT to_regclass('schema_version') IS NOT NULL;

-- name: list_versions
-- The applied migrations.
SELECT version FROM schema_version;

-- name: find_version
-- When the migration of this name was applied; the number before the name differs between the engines.
-- global: the engine's own housekeeping
SELECT applied_at_ms FROM schema_version WHERE substr(name, 6) = $1;

-- name: insert_version
-- Records a migration. A second process that migrates waits here, and then finds the row.
-- global: the engine's own housekeeping
INSERT INTO schema_version (version, name, applied_at_ms) VALUES ($1, $2, $3)
ON CONFLICT DO NOTHING RETURNING version;
