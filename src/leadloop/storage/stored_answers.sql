-- name: get_answer
-- The answer stored under a key.
SELECT fingerprint, at_ms, lead_id, answer FROM idempotency WHERE account_id = $1 AND key = $2;

-- name: delete_expired
-- Deletes answers from before $1, at most $2 of them.
-- global: answers of every account expire
DELETE FROM idempotency
WHERE (account_id, key) IN (SELECT account_id, key FROM idempotency WHERE at_ms < $1 LIMIT $2)
RETURNING 1;

-- name: insert_answer
-- Stores the id of what a request created, unless the key is taken. Returns the key if it was free.
INSERT INTO idempotency (account_id, key, fingerprint, at_ms, lead_id, answer) VALUES ($1, $2, $3, $4, $5, '')
ON CONFLICT (account_id, key) DO NOTHING
RETURNING key;
