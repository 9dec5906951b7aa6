-- name: claim
-- For each endpoint ($1, $2) up to $3 deliveries that are due at $4, the longest due first: nobody else's until $5, with
-- the token $6.
-- mixed: a worker sends for all accounts
WITH wanted AS MATERIALIZED (
    SELECT * FROM unnest($1::text[], $2::text[], $3::integer[]) AS w (account_id, endpoint_id, most)
),
due AS MATERIALIZED (
    SELECT d.*
    FROM wanted AS w
    CROSS JOIN LATERAL (
        SELECT d.account_id, d.endpoint_id, d.lead_id, d.version
        FROM deliveries AS d
        WHERE d.account_id = w.account_id AND d.endpoint_id = w.endpoint_id AND d.state = 'pending'
            AND d.due_at_ms <= $4
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
-- What came of claims ($1), of those that are still ours. Files their attempts. Returns
-- which those were.
-- mixed: a worker sends for all accounts
WITH told AS MATERIALIZED (
    SELECT * FROM json_to_recordset($1::json) AS t (
        account_id text, endpoint_id text, lead_id text, version bigint, token text, state text, attempts bigint,
        due_at_ms bigint, cause text, n bigint, trigger text, at_ms bigint, duration_ms bigint, status bigint,
        error text, address text, answer text, next_at_ms bigint
    )
),
ours AS (
    UPDATE deliveries AS d SET
        state = t.state, attempts = t.attempts, due_at_ms = t.due_at_ms, cause = t.cause, token = NULL,
        finished_at_ms = CASE WHEN t.state = 'pending' THEN NULL ELSE $2::bigint END
    FROM told AS t
    WHERE d.account_id = t.account_id AND d.endpoint_id = t.endpoint_id AND d.lead_id = t.lead_id
        AND d.version = t.version AND d.state = 'pending' AND d.token = t.token
    RETURNING d.account_id, d.endpoint_id, d.lead_id, d.version
),
logged AS (
    INSERT INTO attempts (
        account_id, endpoint_id, lead_id, version, at_ms, n, cause, duration_ms, status, error, address, answer,
        next_at_ms
    )
    SELECT
        t.account_id, t.endpoint_id, t.lead_id, t.version, t.at_ms, t.n, t.trigger, t.duration_ms, t.status, t.error,
        t.address, t.answer, t.next_at_ms
    FROM told AS t
    JOIN ours ON ours.account_id = t.account_id AND ours.endpoint_id = t.endpoint_id AND ours.lead_id = t.lead_id
        AND ours.version = t.version
    WHERE t.at_ms IS NOT NULL
    ON CONFLICT (account_id, endpoint_id, lead_id, version, at_ms, n) DO NOTHING
)
SELECT account_id, endpoint_id, lead_id, version FROM ours;

-- name: wake_next
-- The ones behind these deliveries ($1, $2, $3, $4) of the same leads wait no longer.
-- mixed: a worker sends for all accounts
UPDATE deliveries AS d SET due_at_ms = $5
FROM unnest($1::text[], $2::text[], $3::text[], $4::bigint[]) AS f (account_id, endpoint_id, lead_id, version)
WHERE d.account_id = f.account_id AND d.endpoint_id = f.endpoint_id AND d.lead_id = f.lead_id AND d.due_at_ms = $6
    AND d.version = (
        SELECT n.version FROM deliveries AS n
        WHERE n.account_id = f.account_id AND n.endpoint_id = f.endpoint_id AND n.lead_id = f.lead_id
            AND n.version > f.version
        ORDER BY n.version LIMIT 1
    );

-- name: list_attempts
-- An endpoint's attempts before a moment, newest first.
SELECT n, cause, at_ms, duration_ms, status, error, address, answer, next_at_ms FROM attempts
WHERE account_id = $1 AND endpoint_id = $2 AND at_ms < $3 ORDER BY at_ms DESC LIMIT $4;
