-- name: insert_key
-- The application made its id: an existing row is this one, stored by an earlier attempt.
INSERT INTO api_keys (
    id, account_id, name, scopes, digest, created_at_ms, expires_at_ms, revoked_at_ms, last_used_at_ms, created_by,
    last_used_from, replaces
) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12) ON CONFLICT (account_id, id) DO NOTHING;

-- name: get_key
-- A key by its id.
-- global: a key's account is known only once the key is read
SELECT id, account_id, name, scopes, digest, created_at_ms, expires_at_ms, revoked_at_ms, last_used_at_ms, created_by,
    last_used_from, replaces
FROM api_keys WHERE id = $1 LIMIT 1;

-- name: list_keys
-- An account's keys, oldest first.
SELECT id, account_id, name, scopes, digest, created_at_ms, expires_at_ms, revoked_at_ms, last_used_at_ms, created_by,
    last_used_from, replaces
FROM api_keys WHERE account_id = $1 ORDER BY created_at_ms, id;

-- name: lock_key
-- One key of an account, locked until the transaction ends.
SELECT id, account_id, name, scopes, digest, created_at_ms, expires_at_ms, revoked_at_ms, last_used_at_ms, created_by,
    last_used_from, replaces
FROM api_keys WHERE account_id = $1 AND id = $2 FOR UPDATE;

-- name: update_key
-- Replaces name and expiry.
UPDATE api_keys SET name = $3, expires_at_ms = $4 WHERE account_id = $1 AND id = $2;

-- name: revoke_key
-- Revokes a key. Returns its id if it existed and was valid.
UPDATE api_keys SET revoked_at_ms = $3 WHERE account_id = $1 AND id = $2 AND revoked_at_ms IS NULL RETURNING id;

-- name: delete_key
-- Deletes a key.
DELETE FROM api_keys WHERE account_id = $1 AND id = $2;

-- name: touch_key
-- Records a use, if it is later than the last recorded one.
UPDATE api_keys SET last_used_at_ms = $3, last_used_from = $4
WHERE account_id = $1 AND id = $2 AND (last_used_at_ms IS NULL OR last_used_at_ms < $3);
