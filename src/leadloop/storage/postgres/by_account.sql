-- name: claim
-- Claims, for each endpoint ($2) of an account, up to $3 deliveries that are due at $4, the longest due first, until $5
-- and with the token $6. If $7 is set, also those that wait for a retry before $8.
WITH due AS MATERIALIZED (
    SELECT d.endpoint_id, d.lead_id, d.version
    FROM unnest($2::text[], $3::integer[], $7::boolean[]) AS w (endpoint_id, most, early)
    CROSS JOIN LATERAL (
        SELECT d.endpoint_id, d.lead_id, d.version
        FROM deliveries AS d
        WHERE d.account_id = $1 AND d.endpoint_id = w.endpoint_id AND d.state = 'pending'
            AND d.due_at_ms <= CASE WHEN w.early THEN $8::bigint - 1 ELSE $4::bigint END
            AND (d.due_at_ms <= $4 OR d.token IS NULL)
        ORDER BY d.due_at_ms
        LIMIT w.most
        FOR UPDATE OF d SKIP LOCKED
    ) AS d
)
UPDATE deliveries AS d SET due_at_ms = $5, token = $6
FROM due
WHERE d.account_id = $1 AND d.endpoint_id = due.endpoint_id AND d.lead_id = due.lead_id AND d.version = due.version
RETURNING d.account_id, d.endpoint_id, d.lead_id, d.version, d.event, d.attempts, d.cause, d.created_at_ms;

-- name: finish
-- Records the results of claims ($2) at $3, if the token still holds them. Returns the claims that it held.
UPDATE deliveries AS d SET
    state = t.state, attempts = t.attempts, due_at_ms = t.due_at_ms, cause = t.cause, token = NULL,
    finished_at_ms = CASE WHEN t.state = 'pending' THEN NULL ELSE $3::bigint END
FROM json_to_recordset($2::json) AS t (
    endpoint_id text, lead_id text, version bigint, token text, state text, attempts bigint, due_at_ms bigint, cause text
)
WHERE d.account_id = $1 AND d.endpoint_id = t.endpoint_id AND d.lead_id = t.lead_id AND d.version = t.version
    AND d.token = t.token
RETURNING d.account_id, d.endpoint_id, d.lead_id, d.version;

-- name: log_attempts
-- Records attempts ($2).
INSERT INTO attempts (
    account_id, endpoint_id, lead_id, version, at_ms, n, cause, duration_ms, status, error, address, answer,
    next_at_ms, event, event_id
)
SELECT
    $1, endpoint_id, lead_id, version, at_ms, n, trigger, duration_ms, status, error, address, answer,
    next_at_ms, event, event_id
FROM json_to_recordset($2::json) AS t (
    endpoint_id text, lead_id text, version bigint, at_ms bigint, n bigint, trigger text, duration_ms bigint,
    status bigint, error text, address text, answer text, next_at_ms bigint, event text, event_id text
)
ON CONFLICT (account_id, endpoint_id, lead_id, version, at_ms, n) DO NOTHING;

-- name: leads_and_changes
-- Each current lead ($2), once, with its changes from a version ($3) on, oldest first; none if more than $4 changes
-- followed.
SELECT
    w.n, CASE WHEN c.version = w.version THEN l.doc END, c.account_id,
    c.lead_id, c.version, c.position, c.at_ms, c.actor, c.dialect, c.request_id, c.fields
FROM unnest($2::text[], $3::bigint[]) WITH ORDINALITY AS w (lead_id, version, n)
JOIN leads AS l ON l.account_id = $1 AND l.id = w.lead_id AND l.version BETWEEN w.version AND w.version + $4
JOIN changes AS c ON c.account_id = $1 AND c.lead_id = w.lead_id AND c.version BETWEEN w.version AND l.version
ORDER BY w.n, c.version;
