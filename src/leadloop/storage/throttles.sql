-- name: get_throttle
-- The failures under a key.
SELECT failures, last_at_ms FROM throttles WHERE key = $1;

-- name: count_failure
-- Counts a failure at $2; the count begins again if the last one was before $3.
INSERT INTO throttles (key, failures, last_at_ms) VALUES ($1, 1, $2)
ON CONFLICT (key) DO UPDATE SET
    failures = CASE WHEN throttles.last_at_ms < $3 THEN 1 ELSE throttles.failures + 1 END,
    last_at_ms = CASE WHEN throttles.last_at_ms > $2 THEN throttles.last_at_ms ELSE $2 END;

-- name: delete_throttle
-- Forgets the failures under a key.
DELETE FROM throttles WHERE key = $1;

-- name: find_batch_end
-- The time of the failure that ends a batch of $2 expired rows.
SELECT last_at_ms FROM throttles WHERE last_at_ms < $1 ORDER BY last_at_ms LIMIT 1 OFFSET $2;

-- name: delete_expired
-- Deletes the rows whose last failure is before $1. A limit would choose other rows on each copy of the table.
DELETE FROM throttles WHERE last_at_ms < $1 RETURNING 1;
