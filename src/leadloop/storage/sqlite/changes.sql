-- name: list_lead_changes
-- One lead's records after a version, oldest first.
SELECT lead_id, version, position, at_ms, actor, dialect, request_id, fields FROM changes
WHERE account_id = ?1 AND lead_id = ?2 AND version > ?3 ORDER BY version LIMIT ?4;

-- name: list_changes
-- An account's records after a position, in order.
SELECT lead_id, version, position, at_ms, actor, dialect, request_id, fields FROM changes
WHERE account_id = ?1 AND position > ?2 ORDER BY position LIMIT ?3;

-- name: get_feed_position
-- The position of an account's last record.
SELECT position FROM feeds WHERE account_id = ?1;

-- name: get_version_at
-- The last version of a lead at a moment. The times of its records never decrease.
SELECT version FROM changes WHERE account_id = ?1 AND lead_id = ?2 AND at_ms <= ?3
ORDER BY version DESC LIMIT 1;

-- name: list_messages
-- A lead's conversation before a message (?3, ?4), newest first.
SELECT doc FROM messages
WHERE account_id = ?1 AND lead_id = ?2 AND created_at_ms <= ?3 AND (created_at_ms, id) < (?3, ?4)
ORDER BY created_at_ms DESC, id DESC LIMIT ?5;
