-- name: keep
-- A new answer; there must be none of its key.
INSERT INTO idempotency (account_id, key, fingerprint, at_ms, lead_id, answer) VALUES (?1, ?2, ?3, ?4, ?5, ?6);

-- name: get_kept
-- The answer of a key.
SELECT fingerprint, at_ms, lead_id, answer FROM idempotency WHERE account_id = ?1 AND key = ?2;

-- name: forget_kept
-- Drops answers from before ?1, at most ?2 of them.
-- global: answers of every account grow old
DELETE FROM idempotency WHERE rowid IN (SELECT rowid FROM idempotency WHERE at_ms < ?1 LIMIT ?2);
