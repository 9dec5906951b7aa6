-- name: begin
-- Takes the write lock at once, so that what is read cannot change before it is written.
BEGIN IMMEDIATE;

-- name: commit
-- Makes a group durable.
COMMIT;

-- name: rollback
-- Forgets a group.
ROLLBACK;
