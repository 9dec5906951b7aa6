-- name: insert_entry
-- Stores an entry. An existing row is this one, stored by an earlier attempt.
INSERT INTO audit (account_id, id, at_ms, actor, action, object, request_id)
VALUES ($1, $2, $3, $4, $5, $6, $7) ON CONFLICT (account_id, id) DO NOTHING;

-- name: list_entries
-- At most $3 entries with a smaller id than $2 and not before $4, newest first. $5 and $6 filter unless they are empty.
SELECT account_id, id, at_ms, actor, action, object, request_id FROM audit
WHERE account_id = $1 AND id < $2 AND at_ms >= $4 AND ($5 = '' OR actor = $5) AND ($6 = '' OR action = $6)
ORDER BY id DESC LIMIT $3;

-- name: delete_expired
-- Deletes entries from before $1, at most $2 of them.
-- global: entries of every account expire
DELETE FROM audit
WHERE (account_id, id) IN (SELECT account_id, id FROM audit WHERE at_ms < $1 LIMIT $2)
RETURNING 1;
