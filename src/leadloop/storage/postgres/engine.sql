-- name: server_version
-- Proves that the server answers.
-- global: about the server
SELECT current_setting('server_version');

-- name: begin
-- A transaction of several statements.
BEGIN;

-- name: commit
-- Its end.
COMMIT;

-- name: rollback
-- Its end when something failed.
ROLLBACK;
