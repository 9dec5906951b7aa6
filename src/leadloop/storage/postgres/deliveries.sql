-- name: claim
-- For each endpoint ($1, $2) up to $3 deliveries that are due at $4, the longest due first. Where $7 says that each lead
-- has its order, one whose lead has an unfinished one before it is put off until that is due, a second at least; the
-- others are nobody else's until $5, with the token $6. Returns those.
-- mixed: a worker sends for all accounts; the one-account form is the same with one row of parameters
WITH wanted AS MATERIALIZED (
    SELECT * FROM unnest($1::text[], $2::text[], $3::integer[], $7::boolean[])
        AS w (account_id, endpoint_id, most, per_lead)
),
due AS MATERIALIZED (
    SELECT d.*
    FROM wanted AS w
    CROSS JOIN LATERAL (
        SELECT
            d.account_id, d.endpoint_id, d.lead_id, d.version, w.per_lead AND EXISTS (
                SELECT FROM deliveries AS b
                WHERE b.account_id = d.account_id AND b.endpoint_id = d.endpoint_id AND b.lead_id = d.lead_id
                    AND b.version < d.version AND b.state = 'pending'
            ) AS waits
        FROM deliveries AS d
        WHERE d.account_id = w.account_id AND d.endpoint_id = w.endpoint_id AND d.state = 'pending'
            AND d.due_at_ms <= $4
        ORDER BY d.due_at_ms, d.version
        LIMIT w.most
        FOR UPDATE OF d SKIP LOCKED
    ) AS d
),
taken AS (
    UPDATE deliveries AS d SET
        due_at_ms = CASE WHEN due.waits THEN greatest($4 + 1000, (
            SELECT b.due_at_ms FROM deliveries AS b
            WHERE b.account_id = due.account_id AND b.endpoint_id = due.endpoint_id AND b.lead_id = due.lead_id
                AND b.version < due.version AND b.state = 'pending'
            ORDER BY b.version LIMIT 1
        )) ELSE $5 END,
        token = CASE WHEN due.waits THEN NULL ELSE $6 END
    FROM due
    WHERE d.account_id = due.account_id AND d.endpoint_id = due.endpoint_id AND d.lead_id = due.lead_id
        AND d.version = due.version AND d.state = 'pending'
    RETURNING
        d.account_id, d.endpoint_id, d.lead_id, d.version, d.event, d.attempts, d.cause, d.created_at_ms, d.token
)
SELECT account_id, endpoint_id, lead_id, version, event, attempts, cause, created_at_ms
FROM taken WHERE token IS NOT NULL;

-- name: finish
-- What came of claims ($1), of those that are still ours. Files their attempts, and lets the next one of each lead go.
-- Returns the number of those that were.
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
-- The next one of each lead ($1, $2, $3) waits no longer for the one before it.
-- mixed: a worker sends for all accounts
UPDATE deliveries AS d SET due_at_ms = $4
FROM (
    SELECT DISTINCT ON (n.account_id, n.endpoint_id, n.lead_id) n.account_id, n.endpoint_id, n.lead_id, n.version
    FROM unnest($1::text[], $2::text[], $3::text[]) AS l (account_id, endpoint_id, lead_id)
    JOIN deliveries AS n ON n.account_id = l.account_id AND n.endpoint_id = l.endpoint_id AND n.lead_id = l.lead_id
        AND n.state = 'pending'
    ORDER BY n.account_id, n.endpoint_id, n.lead_id, n.version
) AS first
WHERE d.account_id = first.account_id AND d.endpoint_id = first.endpoint_id AND d.lead_id = first.lead_id
    AND d.version = first.version AND d.state = 'pending' AND d.attempts = 0 AND d.token IS NULL
    AND d.due_at_ms > $4;

-- name: list_attempts
-- An endpoint's attempts before a moment, newest first.
SELECT n, cause, at_ms, duration_ms, status, error, address, answer, next_at_ms FROM attempts
WHERE account_id = $1 AND endpoint_id = $2 AND at_ms < $3 ORDER BY at_ms DESC LIMIT $4;
