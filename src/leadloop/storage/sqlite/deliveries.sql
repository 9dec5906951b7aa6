-- name: queue_delivery
-- Queues a delivery, due at ?9; or at ?8 if ?7 is set and an earlier delivery of the same lead is unfinished. An
-- existing row is the same delivery.
INSERT INTO deliveries (
    account_id, endpoint_id, lead_id, version, event, state, attempts, cause, created_at_ms, due_at_ms
) VALUES (
    ?1, ?2, ?3, ?4, ?5, 'pending', 0, 'change', ?6,
    CASE WHEN ?7 AND (
        SELECT state FROM deliveries
        WHERE account_id = ?1 AND endpoint_id = ?2 AND lead_id = ?3 AND version < ?4 ORDER BY version DESC LIMIT 1
    ) = 'pending' THEN ?8 ELSE ?9 END
)
ON CONFLICT (account_id, endpoint_id, lead_id, version) DO NOTHING;

-- name: claim
-- Claims up to ?4 of an endpoint's deliveries that are due at ?3, the longest due first, until ?5. If ?7 is later than
-- ?3, also those that wait for a retry until then.
UPDATE deliveries SET token = ?6, due_at_ms = ?5
WHERE rowid IN (
    SELECT rowid FROM deliveries
    WHERE account_id = ?1 AND endpoint_id = ?2 AND state = 'pending' AND due_at_ms <= ?7
        AND (due_at_ms <= ?3 OR token IS NULL)
    ORDER BY due_at_ms LIMIT ?4
)
RETURNING account_id, endpoint_id, lead_id, version, event, attempts, cause, created_at_ms;

-- name: release_claims
-- Releases the claims on an endpoint's deliveries and makes them due at ?3.
UPDATE deliveries SET token = NULL, due_at_ms = ?3
WHERE account_id = ?1 AND endpoint_id = ?2 AND state = 'pending' AND token IS NOT NULL;

-- name: finish
-- Records the result of a claim, if the token still holds it.
UPDATE deliveries SET state = ?6, attempts = ?7, due_at_ms = ?8, cause = ?9, finished_at_ms = ?10, token = NULL
WHERE account_id = ?1 AND endpoint_id = ?2 AND lead_id = ?3 AND version = ?4 AND state = 'pending' AND token = ?5;

-- name: wake_next
-- Makes the delivery due that waits for this one (?4) of the same lead.
UPDATE deliveries SET due_at_ms = ?5
WHERE account_id = ?1 AND endpoint_id = ?2 AND lead_id = ?3 AND due_at_ms = ?6 AND version = (
    SELECT version FROM deliveries
    WHERE account_id = ?1 AND endpoint_id = ?2 AND lead_id = ?3 AND version > ?4 AND state = 'pending'
    ORDER BY version LIMIT 1
);

-- name: insert_attempt
-- Records the result of an attempt.
INSERT INTO attempts (
    account_id, endpoint_id, lead_id, version, at_ms, n, cause, duration_ms, status, error, address, answer, next_at_ms,
    event, event_id
) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15)
ON CONFLICT (account_id, endpoint_id, lead_id, version, at_ms, n) DO NOTHING;

-- name: list_unfinished
-- The unfinished deliveries of a lead.
SELECT lead_id, version FROM deliveries
WHERE account_id = ?1 AND endpoint_id = ?2 AND lead_id = ?3 AND state = 'pending' ORDER BY version;

-- name: queue_again
-- Queues a delivery again, with the trigger ?8. One in flight, or waiting for the previous one, stays as it is.
INSERT INTO deliveries AS d (
    account_id, endpoint_id, lead_id, version, event, state, attempts, cause, created_at_ms, due_at_ms
) VALUES (?1, ?2, ?3, ?4, ?5, 'pending', 0, ?8, ?6, ?7)
ON CONFLICT (account_id, endpoint_id, lead_id, version) DO UPDATE SET
    state = 'pending', attempts = CASE WHEN d.state = 'pending' THEN d.attempts ELSE 0 END, cause = excluded.cause,
    due_at_ms = excluded.due_at_ms, finished_at_ms = NULL
WHERE d.token IS NULL AND (d.state <> 'pending' OR d.due_at_ms <> ?9);

-- name: list_recoverable
-- Up to ?4 deliveries of changes since ?3 that failed for good, the oldest first.
SELECT lead_id, version, event, created_at_ms FROM deliveries
WHERE account_id = ?1 AND endpoint_id = ?2 AND state = 'failed' AND created_at_ms >= ?3
ORDER BY created_at_ms, lead_id, version LIMIT ?4;

-- name: make_retries_due
-- Makes deliveries of changes since ?3 that wait for a retry due at ?4.
UPDATE deliveries SET due_at_ms = ?4, cause = 'recover'
WHERE account_id = ?1 AND endpoint_id = ?2 AND state = 'pending' AND due_at_ms > ?4 AND due_at_ms < ?5
    AND token IS NULL AND created_at_ms >= ?3;

-- name: list_deliveries
-- An endpoint's deliveries after a page position (?3, ?4, ?5), newest first.
SELECT lead_id, version, event, created_at_ms, state, attempts, due_at_ms, finished_at_ms, token IS NOT NULL FROM deliveries
WHERE account_id = ?1 AND endpoint_id = ?2 AND created_at_ms <= ?3 AND (created_at_ms, lead_id, version) < (?3, ?4, ?5)
ORDER BY created_at_ms DESC, lead_id DESC, version DESC LIMIT ?6;

-- name: list_failed
-- The same, only those that failed for good.
SELECT lead_id, version, event, created_at_ms, state, attempts, due_at_ms, finished_at_ms, token IS NOT NULL FROM deliveries
WHERE account_id = ?1 AND endpoint_id = ?2 AND created_at_ms <= ?3 AND (created_at_ms, lead_id, version) < (?3, ?4, ?5)
    AND state = 'failed'
ORDER BY created_at_ms DESC, lead_id DESC, version DESC LIMIT ?6;

-- name: list_deliveries_of_lead
-- The deliveries of a lead to an endpoint before version ?4, latest version first.
SELECT lead_id, version, event, created_at_ms, state, attempts, due_at_ms, finished_at_ms, token IS NOT NULL FROM deliveries
WHERE account_id = ?1 AND endpoint_id = ?2 AND lead_id = ?3 AND version < ?4 ORDER BY version DESC LIMIT ?5;

-- name: list_deliveries_at
-- An endpoint's deliveries of the changes of a moment.
SELECT lead_id, version, event, created_at_ms, state, attempts, due_at_ms, finished_at_ms, token IS NOT NULL FROM deliveries
WHERE account_id = ?1 AND endpoint_id = ?2 AND created_at_ms = ?3 ORDER BY lead_id, version;

-- name: list_attempts
-- An endpoint's attempts after a page position (?3, ?4, ?5, ?6), newest first.
SELECT
    lead_id, version, event, event_id, n, cause, at_ms, duration_ms, status, error, address, answer, next_at_ms
FROM attempts
WHERE account_id = ?1 AND endpoint_id = ?2 AND at_ms <= ?3 AND (at_ms, lead_id, version, n) < (?3, ?4, ?5, ?6)
ORDER BY at_ms DESC, lead_id DESC, version DESC, n DESC LIMIT ?7;

-- name: list_purgeable
-- The endpoints, with their health, and those that were deleted: their rows may have expired.
-- global: a worker purges for all accounts
SELECT account_id, id, health, NULL AS deleted_at_ms FROM webhook_endpoints
UNION ALL
SELECT account_id, endpoint_id, NULL, deleted_at_ms FROM webhook_leftovers;

-- name: delete_attempts
-- Deletes up to ?4 of an endpoint's attempts from before ?3.
DELETE FROM attempts WHERE account_id = ?1 AND endpoint_id = ?2 AND rowid IN (
    SELECT rowid FROM attempts WHERE account_id = ?1 AND endpoint_id = ?2 AND at_ms < ?3 ORDER BY at_ms LIMIT ?4
);

-- name: delete_finished
-- Deletes up to ?4 of an endpoint's finished deliveries of changes before ?3.
DELETE FROM deliveries WHERE account_id = ?1 AND endpoint_id = ?2 AND rowid IN (
    SELECT rowid FROM deliveries
    WHERE account_id = ?1 AND endpoint_id = ?2 AND created_at_ms < ?3 AND state <> 'pending'
    ORDER BY created_at_ms LIMIT ?4
);

-- name: delete_held
-- Deletes up to ?4 of an endpoint's deliveries of changes before ?3, finished or not.
DELETE FROM deliveries WHERE account_id = ?1 AND endpoint_id = ?2 AND rowid IN (
    SELECT rowid FROM deliveries WHERE account_id = ?1 AND endpoint_id = ?2 AND created_at_ms < ?3
    ORDER BY created_at_ms LIMIT ?4
)
RETURNING account_id, endpoint_id, lead_id, version;

-- name: delete_leftover
-- Forgets a deleted endpoint, whose rows are all deleted.
DELETE FROM webhook_leftovers WHERE account_id = ?1 AND endpoint_id = ?2;
