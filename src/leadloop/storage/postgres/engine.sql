-- name: server_version
-- Proves that the server answers.
-- global: about the server
SELECT current_setting('server_version');
