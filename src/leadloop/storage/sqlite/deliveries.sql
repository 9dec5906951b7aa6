-- name: file_delivery
-- A change is on its way to an endpoint. One that is there already is the same.
INSERT INTO deliveries (
    account_id, endpoint_id, lead_id, version, event, state, attempts, cause, created_at_ms, due_at_ms
) VALUES (?1, ?2, ?3, ?4, ?5, 'pending', 0, 'change', ?6, ?6)
ON CONFLICT (account_id, endpoint_id, lead_id, version) DO NOTHING;

-- name: due
-- An endpoint's deliveries that may be claimed, the longest due first, each with the first unfinished one of its lead
-- before it, if there is one: when that is due, and whether somebody is sending it.
SELECT
    d.lead_id, d.version, d.event, d.attempts, d.cause, d.created_at_ms,
    (
        SELECT b.due_at_ms FROM deliveries AS b
        WHERE b.account_id = d.account_id AND b.endpoint_id = d.endpoint_id AND b.lead_id = d.lead_id
            AND b.version < d.version AND b.state = 'pending'
        ORDER BY b.version LIMIT 1
    )
FROM deliveries AS d
WHERE d.account_id = ?1 AND d.endpoint_id = ?2 AND d.state = 'pending' AND d.due_at_ms <= ?3
ORDER BY d.due_at_ms, d.version LIMIT ?4;

-- name: claim
-- Nobody else's until ?5.
UPDATE deliveries SET token = ?6, due_at_ms = ?5
WHERE account_id = ?1 AND endpoint_id = ?2 AND lead_id = ?3 AND version = ?4;

-- name: put_off
-- Not to be looked at again before ?5.
UPDATE deliveries SET due_at_ms = ?5
WHERE account_id = ?1 AND endpoint_id = ?2 AND lead_id = ?3 AND version = ?4;

-- name: finish
-- What came of a claim that is still ours.
UPDATE deliveries SET state = ?6, attempts = ?7, due_at_ms = ?8, cause = ?9, finished_at_ms = ?10, token = NULL
WHERE account_id = ?1 AND endpoint_id = ?2 AND lead_id = ?3 AND version = ?4 AND state = 'pending' AND token = ?5;

-- name: wake_next
-- The next one of the lead waits no longer for the one before it.
UPDATE deliveries SET due_at_ms = ?4
WHERE account_id = ?1 AND endpoint_id = ?2 AND lead_id = ?3 AND state = 'pending' AND attempts = 0
    AND token IS NULL AND due_at_ms > ?4
    AND version = (
        SELECT min(version) FROM deliveries
        WHERE account_id = ?1 AND endpoint_id = ?2 AND lead_id = ?3 AND state = 'pending'
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
