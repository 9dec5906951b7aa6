-- name: begin
-- Takes the write lock at once, so that what is read cannot change before it is written.
BEGIN IMMEDIATE;

-- name: commit
-- Makes a group durable.
COMMIT;

-- name: rollback
-- Forgets a group.
ROLLBACK;

-- name: has_instances
-- Whether the table is there: it comes with a migration.
-- global: the engine's own housekeeping
SELECT count(*) FROM sqlite_schema WHERE type = 'table' AND name = 'instance';
