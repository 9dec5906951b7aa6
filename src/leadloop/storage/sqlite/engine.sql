-- name: begin
-- Takes the write lock at once, so that what is read cannot change before the write.
BEGIN IMMEDIATE;

-- name: commit
-- Makes a batch durable.
COMMIT;

-- name: rollback
-- Rolls a batch back.
ROLLBACK;

-- name: has_instances
-- Whether the table exists: a migration creates it.
-- global: the engine's own housekeeping
SELECT count(*) FROM sqlite_schema WHERE type = 'table' AND name = 'instance';
