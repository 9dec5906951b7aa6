-- name: claim
-- Claims, for each endpoint ($1, $2), up to $3 deliveries that are due at $4, the longest due first, until $5 and with
-- the token $6. If $7 is set, also those that wait for a retry before $8.
-- mixed: a worker sends for all accounts; by_account.sql has its counterpart
WITH wanted AS MATERIALIZED (
    SELECT w.account_id, w.endpoint_id, w.most, CASE WHEN w.early THEN $8::bigint - 1 ELSE $4::bigint END AS due_before_ms
    FROM unnest($1::text[], $2::text[], $3::integer[], $7::boolean[]) AS w (account_id, endpoint_id, most, early)
),
due AS MATERIALIZED (
    SELECT d.*
    FROM wanted AS w
    CROSS JOIN LATERAL (
        SELECT d.account_id, d.endpoint_id, d.lead_id, d.version
        FROM deliveries AS d
        WHERE d.account_id = w.account_id AND d.endpoint_id = w.endpoint_id AND d.state = 'pending'
            AND d.due_at_ms <= w.due_before_ms AND (d.due_at_ms <= $4 OR d.token IS NULL)
        ORDER BY d.due_at_ms
        LIMIT w.most
        FOR UPDATE OF d SKIP LOCKED
    ) AS d
)
UPDATE deliveries AS d SET due_at_ms = $5, token = $6
FROM due
WHERE d.account_id = due.account_id AND d.endpoint_id = due.endpoint_id AND d.lead_id = due.lead_id
    AND d.version = due.version
RETURNING d.account_id, d.endpoint_id, d.lead_id, d.version, d.event, d.attempts, d.cause, d.created_at_ms;

-- name: finish
-- Records the results of claims ($1) and their attempts, if the token still holds them. Returns the claims that it
-- held.
-- mixed: a worker sends for all accounts; by_account.sql has finish, log_attempts
WITH told AS MATERIALIZED (
    SELECT * FROM json_to_recordset($1::json) AS t (
        account_id text, endpoint_id text, lead_id text, version bigint, token text, state text, attempts bigint,
        due_at_ms bigint, cause text, n bigint, trigger text, at_ms bigint, duration_ms bigint, status bigint,
        error text, address text, answer text, next_at_ms bigint, event text, event_id text
    )
),
ours AS (
    UPDATE deliveries AS d SET
        state = t.state, attempts = t.attempts, due_at_ms = t.due_at_ms, cause = t.cause, token = NULL,
        finished_at_ms = CASE WHEN t.state = 'pending' THEN NULL ELSE $2::bigint END
    FROM told AS t
    WHERE d.account_id = t.account_id AND d.endpoint_id = t.endpoint_id AND d.lead_id = t.lead_id
        AND d.version = t.version AND d.token = t.token
    RETURNING t.*
),
logged AS (
    INSERT INTO attempts (
        account_id, endpoint_id, lead_id, version, at_ms, n, cause, duration_ms, status, error, address, answer,
        next_at_ms, event, event_id
    )
    SELECT
        account_id, endpoint_id, lead_id, version, at_ms, n, trigger, duration_ms, status, error, address, answer,
        next_at_ms, event, event_id
    FROM ours
    WHERE at_ms IS NOT NULL
    ON CONFLICT (account_id, endpoint_id, lead_id, version, at_ms, n) DO NOTHING
)
SELECT account_id, endpoint_id, lead_id, version FROM ours;

-- name: wake_next
-- Makes the deliveries due that wait for these ($1, $2, $3, $4).
-- mixed: a worker sends for all accounts; deliveries.sql has wake_next_of_account
UPDATE deliveries AS d SET due_at_ms = $5
FROM unnest($1::text[], $2::text[], $3::text[], $4::bigint[]) AS f (account_id, endpoint_id, lead_id, version)
WHERE d.account_id = f.account_id AND d.endpoint_id = f.endpoint_id AND d.lead_id = f.lead_id AND d.due_at_ms = $6
    AND d.version = (
        SELECT n.version FROM deliveries AS n
        WHERE n.account_id = f.account_id AND n.endpoint_id = f.endpoint_id AND n.lead_id = f.lead_id
            AND n.version > f.version AND n.finished_at_ms IS NULL
        ORDER BY n.version LIMIT 1
    )
RETURNING d.account_id, d.endpoint_id;

-- name: wake_next_of_account
-- The same for one account.
UPDATE deliveries AS d SET due_at_ms = $5
FROM unnest($2::text[], $3::text[], $4::bigint[]) AS f (endpoint_id, lead_id, version)
WHERE d.account_id = $1 AND d.endpoint_id = f.endpoint_id AND d.lead_id = f.lead_id AND d.due_at_ms = $6
    AND d.version = (
        SELECT n.version FROM deliveries AS n
        WHERE n.account_id = $1 AND n.endpoint_id = f.endpoint_id AND n.lead_id = f.lead_id
            AND n.version > f.version AND n.finished_at_ms IS NULL
        ORDER BY n.version LIMIT 1
    )
RETURNING d.account_id, d.endpoint_id;

-- name: lock_unfinished
-- The unfinished deliveries of these leads ($3), locked until the transaction ends.
SELECT lead_id, version FROM deliveries
WHERE account_id = $1 AND endpoint_id = $2 AND lead_id = ANY ($3::text[]) AND finished_at_ms IS NULL
ORDER BY lead_id, version FOR UPDATE;

-- name: queue_again
-- Queues deliveries ($3) again, with the trigger $4. Those in flight, or waiting for the previous one, stay as they
-- are: the number is AFTER_ANOTHER_MS, not a parameter, since Citus takes none after ON CONFLICT here. Returns a row
-- for each that will be sent: the row count that Citus reports includes the others.
INSERT INTO deliveries AS d (
    account_id, endpoint_id, lead_id, version, event, state, attempts, cause, created_at_ms, due_at_ms
)
SELECT $1, $2, f.lead_id, f.version, f.event, 'pending', 0, $4, f.at_ms, f.due_at_ms
FROM json_to_recordset($3::json) AS f (lead_id text, version bigint, event text, at_ms bigint, due_at_ms bigint)
ON CONFLICT (account_id, endpoint_id, lead_id, version) DO UPDATE SET
    state = 'pending', attempts = CASE WHEN d.state = 'pending' THEN d.attempts ELSE 0 END, cause = excluded.cause,
    due_at_ms = excluded.due_at_ms, finished_at_ms = NULL
WHERE d.token IS NULL AND (d.state <> 'pending' OR d.due_at_ms <> 9007199254740991)
RETURNING 1;

-- name: lock_failed
-- Up to $4 deliveries of changes since $3 that failed for good, the oldest first.
SELECT lead_id, version, event, created_at_ms FROM deliveries
WHERE account_id = $1 AND endpoint_id = $2 AND state = 'failed' AND created_at_ms >= $3
ORDER BY created_at_ms, lead_id, version LIMIT $4 FOR UPDATE;

-- name: make_retries_due
-- Makes deliveries of changes since $3 that wait for a retry due at $4.
UPDATE deliveries SET due_at_ms = $4, cause = 'recover'
WHERE account_id = $1 AND endpoint_id = $2 AND state = 'pending' AND due_at_ms > $4 AND due_at_ms < $5
    AND token IS NULL AND created_at_ms >= $3;

-- name: list_deliveries
-- An endpoint's deliveries after a page position ($3, $4, $5), newest first.
SELECT lead_id, version, event, created_at_ms, state, attempts, due_at_ms, finished_at_ms, token IS NOT NULL FROM deliveries
WHERE account_id = $1 AND endpoint_id = $2 AND created_at_ms > 0 AND created_at_ms <= $3
    AND (created_at_ms, lead_id, version) < ($3, $4, $5)
ORDER BY created_at_ms DESC, lead_id DESC, version DESC LIMIT $6;

-- name: list_failed
-- The same, only those that failed for good.
SELECT lead_id, version, event, created_at_ms, state, attempts, due_at_ms, finished_at_ms, token IS NOT NULL FROM deliveries
WHERE account_id = $1 AND endpoint_id = $2 AND created_at_ms <= $3 AND (created_at_ms, lead_id, version) < ($3, $4, $5)
    AND state = 'failed'
ORDER BY created_at_ms DESC, lead_id DESC, version DESC LIMIT $6;

-- name: list_deliveries_of_lead
-- The deliveries of a lead to these endpoints ($3) before a version and endpoint ($4, $5), latest version first: the
-- primary key has those of one endpoint in order, so at most $6 of each are read.
SELECT d.endpoint_id, d.lead_id, d.version, d.event, d.created_at_ms, d.state, d.attempts, d.due_at_ms,
    d.finished_at_ms, d.token IS NOT NULL
FROM unnest($3::text[]) AS e (endpoint_id) CROSS JOIN LATERAL (
    SELECT * FROM deliveries
    WHERE account_id = $1 AND endpoint_id = e.endpoint_id AND lead_id = $2
        AND version < $4::bigint + CASE WHEN e.endpoint_id COLLATE "C" < $5 THEN 1 ELSE 0 END
    ORDER BY version DESC LIMIT $6
) AS d
ORDER BY d.version DESC, d.endpoint_id DESC LIMIT $6;

-- name: list_deliveries_at
-- An endpoint's deliveries of the changes of a moment.
SELECT lead_id, version, event, created_at_ms, state, attempts, due_at_ms, finished_at_ms, token IS NOT NULL FROM deliveries
WHERE account_id = $1 AND endpoint_id = $2 AND created_at_ms > 0 AND created_at_ms = $3
ORDER BY lead_id, version;

-- name: list_attempts
-- An endpoint's attempts after a page position ($3, $4, $5, $6), newest first.
SELECT
    lead_id, version, event, event_id, n, cause, at_ms, duration_ms, status, error, address, answer, next_at_ms
FROM attempts
WHERE account_id = $1 AND endpoint_id = $2 AND at_ms <= $3 AND (at_ms, lead_id, version, n) < ($3, $4, $5, $6)
ORDER BY at_ms DESC, lead_id DESC, version DESC, n DESC LIMIT $7;

-- name: list_purgeable
-- The endpoints, with their health, and those that were deleted: their rows may have expired.
-- global: a worker purges for all accounts
SELECT account_id, id, health, NULL::bigint AS deleted_at_ms FROM webhook_endpoints
UNION ALL
SELECT account_id, endpoint_id, NULL, deleted_at_ms FROM webhook_leftovers;

-- name: delete_attempts
-- Deletes up to $4 of an endpoint's attempts from before $3.
DELETE FROM attempts AS a
USING (
    SELECT lead_id, version, at_ms, n FROM attempts
    WHERE account_id = $1 AND endpoint_id = $2 AND at_ms < $3 ORDER BY at_ms LIMIT $4
) AS old
WHERE a.account_id = $1 AND a.endpoint_id = $2 AND a.lead_id = old.lead_id AND a.version = old.version
    AND a.at_ms = old.at_ms AND a.n = old.n;

-- name: delete_finished
-- Deletes up to $4 of an endpoint's finished deliveries of changes before $3; not one that was just queued again.
DELETE FROM deliveries AS d
USING (
    SELECT lead_id, version FROM deliveries
    WHERE account_id = $1 AND endpoint_id = $2 AND created_at_ms > 0 AND created_at_ms < $3 AND state <> 'pending'
    ORDER BY created_at_ms LIMIT $4
) AS old
WHERE d.account_id = $1 AND d.endpoint_id = $2 AND d.lead_id = old.lead_id AND d.version = old.version
    AND d.state <> 'pending';

-- name: delete_held
-- Deletes up to $4 of an endpoint's deliveries of changes before $3, finished or not.
DELETE FROM deliveries AS d
USING (
    SELECT lead_id, version FROM deliveries
    WHERE account_id = $1 AND endpoint_id = $2 AND created_at_ms > 0 AND created_at_ms < $3
    ORDER BY created_at_ms LIMIT $4
) AS old
WHERE d.account_id = $1 AND d.endpoint_id = $2 AND d.lead_id = old.lead_id AND d.version = old.version
RETURNING d.account_id, d.endpoint_id, d.lead_id, d.version;

-- name: delete_leftover
-- Forgets a deleted endpoint, whose rows are all deleted.
DELETE FROM webhook_leftovers WHERE account_id = $1 AND endpoint_id = $2;
