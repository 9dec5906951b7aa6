-- name: list_lead_changes
-- One lead's records behind a version, oldest first.
SELECT lead_id, version, position, at_ms, actor, dialect, request_id, fields FROM changes
WHERE account_id = $1 AND lead_id = $2 AND version > $3 ORDER BY version LIMIT $4;

-- name: list_changes
-- An account's records behind a position, in order.
SELECT lead_id, version, position, at_ms, actor, dialect, request_id, fields FROM changes
WHERE account_id = $1 AND position > $2 ORDER BY position LIMIT $3;

-- name: list_messages
-- A lead's conversation, newest first.
SELECT doc FROM messages WHERE account_id = $1 AND lead_id = $2 ORDER BY created_at_ms DESC, id DESC LIMIT $3;

-- name: move_feed
-- Moves the account's feed on by $2 records; where it ends then.
INSERT INTO feeds (account_id, position) VALUES ($1, $2)
ON CONFLICT (account_id) DO UPDATE SET position = feeds.position + excluded.position RETURNING position;
