-- name: get_answer
-- The answer stored under a key.
SELECT fingerprint, at_ms, lead_id, answer FROM idempotency WHERE account_id = $1 AND key = $2;

-- name: delete_expired
-- Deletes answers from before $1, at most $2 of them.
-- global: answers of every account expire
DELETE FROM idempotency
WHERE (account_id, key) IN (SELECT account_id, key FROM idempotency WHERE at_ms < $1 LIMIT $2)
RETURNING 1;
