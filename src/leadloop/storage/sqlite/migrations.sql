-- name: create_versions
-- Creates the table of applied migrations.
CREATE TABLE IF NOT EXISTS schema_version (
    version INTEGER NOT NULL PRIMARY KEY,
    name TEXT NOT NULL,
    applied_at_ms INTEGER NOT NULL
) STRICT;

-- name: has_versions
-- Whether that table exists.
-- global: the engine's own housekeeping
SELECT count(*) FROM sqlite_schema WHERE type = 'table' AND name = 'schema_version';

-- name: list_versions
-- The applied migrations.
SELECT version FROM schema_version;

-- name: find_version
-- When the migration of this name was applied; the number before the name differs between the engines.
-- global: the engine's own housekeeping
SELECT applied_at_ms FROM schema_version WHERE substr(name, 6) = ?1;

-- name: insert_version
-- Records a migration.
-- global: the engine's own housekeeping
INSERT INTO schema_version (version, name, applied_at_ms) VALUES (?1, ?2, ?3);
