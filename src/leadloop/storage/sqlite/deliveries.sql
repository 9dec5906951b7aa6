-- name: file_delivery
-- A change is on its way to an endpoint; due at ?8 where ?7 says that it waits for its turn and the one before it of the
-- same lead is unfinished. One that is there already is the same.
INSERT INTO deliveries (
    account_id, endpoint_id, lead_id, version, event, state, attempts, cause, created_at_ms, due_at_ms
) VALUES (
    ?1, ?2, ?3, ?4, ?5, 'pending', 0, 'change', ?6,
    CASE WHEN ?7 AND (
        SELECT state FROM deliveries
        WHERE account_id = ?1 AND endpoint_id = ?2 AND lead_id = ?3 AND version < ?4 ORDER BY version DESC LIMIT 1
    ) = 'pending' THEN ?8 ELSE ?6 END
)
ON CONFLICT (account_id, endpoint_id, lead_id, version) DO NOTHING;

-- name: claim
-- Up to ?4 of an endpoint's deliveries that are due at ?3, the longest due first: nobody else's until ?5.
UPDATE deliveries SET token = ?6, due_at_ms = ?5
WHERE rowid IN (
    SELECT rowid FROM deliveries
    WHERE account_id = ?1 AND endpoint_id = ?2 AND state = 'pending' AND due_at_ms <= ?3
    ORDER BY due_at_ms, version LIMIT ?4
)
RETURNING account_id, endpoint_id, lead_id, version, event, attempts, cause, created_at_ms;

-- name: finish
-- What came of a claim that is still ours.
UPDATE deliveries SET state = ?6, attempts = ?7, due_at_ms = ?8, cause = ?9, finished_at_ms = ?10, token = NULL
WHERE account_id = ?1 AND endpoint_id = ?2 AND lead_id = ?3 AND version = ?4 AND state = 'pending' AND token = ?5;

-- name: wake_next
-- The one behind ?4 of the same lead waits no longer.
UPDATE deliveries SET due_at_ms = ?5
WHERE account_id = ?1 AND endpoint_id = ?2 AND lead_id = ?3 AND due_at_ms = ?6 AND version = (
    SELECT version FROM deliveries
    WHERE account_id = ?1 AND endpoint_id = ?2 AND lead_id = ?3 AND version > ?4 ORDER BY version LIMIT 1
);

-- name: insert_attempt
-- What came of an attempt.
INSERT INTO attempts (
    account_id, endpoint_id, lead_id, version, at_ms, n, cause, duration_ms, status, error, address, answer, next_at_ms
) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13)
ON CONFLICT (account_id, endpoint_id, lead_id, version, at_ms, n) DO NOTHING;

-- name: list_attempts
-- An endpoint's attempts before a moment, newest first.
SELECT n, cause, at_ms, duration_ms, status, error, address, answer, next_at_ms FROM attempts
WHERE account_id = ?1 AND endpoint_id = ?2 AND at_ms < ?3 ORDER BY at_ms DESC LIMIT ?4;
