-- name: load_leads
-- The documents of a batch's leads, NULL for a missing one, each with its position in the parameters; and a row
-- with the versions of the account's webhook endpoints and of its catalogue.
SELECT requested.n, convert_to(leads.doc::text, 'UTF8'), NULL::bigint, NULL::bigint
FROM unnest($2::text[]) WITH ORDINALITY AS requested (id, n)
LEFT JOIN leads ON leads.account_id = $1 AND leads.id = requested.id
UNION ALL
SELECT
    1, NULL, coalesce((SELECT version FROM webhook_routes WHERE account_id = $1), 0),
    coalesce((SELECT version FROM catalogue_versions WHERE account_id = $1), 0);

-- name: count_same_contact
-- Other leads with each e-mail or phone key, counted up to $5, in the order of the parameters. A NULL equals none.
SELECT (
    SELECT count(*) FROM (
        (
            SELECT id FROM leads
            WHERE account_id = $1 AND email_key = requested.email_key AND id <> requested.id AND deleted_at_ms IS NULL
            LIMIT $5
        )
        UNION
        (
            SELECT id FROM leads
            WHERE account_id = $1 AND phone_key = requested.phone_key AND id <> requested.id AND deleted_at_ms IS NULL
            LIMIT $5
        )
        LIMIT $5
    ) AS matches
)
FROM unnest($2::text[], $3::text[], $4::text[]) WITH ORDINALITY AS requested (id, email_key, phone_key, n)
ORDER BY requested.n;

-- name: load_conversations
-- Each message, and the newest other one of its lead, in the order of the parameters.
SELECT
    (SELECT doc FROM messages WHERE account_id = $1 AND lead_id = requested.lead_id AND id = requested.id),
    (
        SELECT doc FROM messages WHERE account_id = $1 AND lead_id = requested.lead_id AND id <> requested.id
        ORDER BY created_at_ms DESC, id DESC LIMIT 1
    )
FROM unnest($2::text[], $3::text[]) WITH ORDINALITY AS requested (lead_id, id, n)
ORDER BY requested.n;

-- name: load_histories
-- The records of each lead after a version, up to $4 of them, each with its position in the parameters.
SELECT
    requested.n, changes.lead_id, changes.version, changes.position, changes.at_ms, changes.actor, changes.dialect,
    changes.request_id, changes.fields
FROM unnest($2::text[], $3::bigint[]) WITH ORDINALITY AS requested (lead_id, version, n)
JOIN changes ON changes.account_id = $1 AND changes.lead_id = requested.lead_id
    AND changes.version > requested.version AND changes.version <= requested.version + $4
ORDER BY requested.n, changes.version;

-- name: load_answers
-- The answers stored under these keys, each with its position in the parameters.
SELECT requested.n, idempotency.fingerprint, idempotency.at_ms, idempotency.lead_id, idempotency.answer
FROM unnest($2::text[]) WITH ORDINALITY AS requested (key, n)
JOIN idempotency ON idempotency.account_id = $1 AND idempotency.key = requested.key;

-- name: load_claims
-- The version of each claim (0: not made yet), and whether a matching lead exists, in the order of the parameters.
SELECT
    coalesce((SELECT version FROM claims WHERE account_id = $1 AND key = requested.key), 0),
    EXISTS (SELECT FROM leads WHERE account_id = $1 AND email_key = requested.email_key AND deleted_at_ms IS NULL)
    OR EXISTS (SELECT FROM leads WHERE account_id = $1 AND phone_key = requested.phone_key AND deleted_at_ms IS NULL)
    OR EXISTS (SELECT FROM leads WHERE account_id = $1 AND external_key = requested.external_key AND deleted_at_ms IS NULL)
FROM unnest($2::text[], $3::text[], $4::text[], $5::text[])
    WITH ORDINALITY AS requested (key, email_key, phone_key, external_key, n)
ORDER BY requested.n;

-- name: find_changes
-- Which of these records exist, by their position in the parameters. Run after a connection was lost.
SELECT requested.n
FROM unnest($2::text[], $3::bigint[], $4::text[]) WITH ORDINALITY AS requested (lead_id, version, request_id, n)
JOIN changes ON changes.account_id = $1 AND changes.lead_id = requested.lead_id
    AND changes.version = requested.version AND changes.request_id = requested.request_id;

-- name: update_leads
-- Updates leads ($2), in the order of their ids, and their documents ($3), if their version is still the one read.
UPDATE leads SET
    version = u.version, created_at_ms = u.created_at_ms, updated_at_ms = u.updated_at_ms,
    lead_date_ms = u.lead_date_ms, deleted_at_ms = u.deleted_at_ms, stage = u.stage, status = u.status,
    source = u.source, type = u.type, owner_id = u.owner_id, unit_id = u.unit_id,
    department_id = u.department_id, interest_id = u.interest_id, campaign_id = u.campaign_id,
    client_id = u.client_id, offer_id = u.offer_id, email_key = u.email_key, phone_key = u.phone_key,
    name_key = u.name_key, sale_value_micros = u.sale_value_micros, external_key = u.external_key,
    doc = ($3::text[])[u.n]::jsonb
FROM json_to_recordset($2::json) AS u (
    n integer, id text, read_version integer, version integer, created_at_ms bigint, updated_at_ms bigint,
    lead_date_ms bigint, deleted_at_ms bigint, stage text, status text, source text, type text, owner_id text,
    unit_id text, department_id text, interest_id text, campaign_id text, client_id text, offer_id text,
    email_key text, phone_key text, name_key text, sale_value_micros bigint, external_key text
)
WHERE leads.account_id = $1 AND leads.id = u.id AND leads.version = u.read_version
RETURNING leads.id;

-- name: insert_leads
-- Inserts leads ($2) with their documents ($3), except those that another process has created.
INSERT INTO leads (
    account_id, id, version, created_at_ms, updated_at_ms, lead_date_ms, deleted_at_ms, stage, status, source,
    type, owner_id, unit_id, department_id, interest_id, campaign_id, client_id, offer_id, email_key, phone_key,
    name_key, sale_value_micros, external_key, doc
)
SELECT
    $1, id, version, created_at_ms, updated_at_ms, lead_date_ms, deleted_at_ms, stage, status, source,
    type, owner_id, unit_id, department_id, interest_id, campaign_id, client_id, offer_id, email_key, phone_key,
    name_key, sale_value_micros, external_key, ($3::text[])[n]::jsonb
FROM json_to_recordset($2::json) AS u (
    n integer, id text, version integer, created_at_ms bigint, updated_at_ms bigint, lead_date_ms bigint,
    deleted_at_ms bigint, stage text, status text, source text, type text, owner_id text, unit_id text,
    department_id text, interest_id text, campaign_id text, client_id text, offer_id text, email_key text,
    phone_key text, name_key text, sale_value_micros bigint, external_key text
)
ON CONFLICT (account_id, id) DO NOTHING
RETURNING id;

-- name: save_messages
-- Inserts or replaces messages ($3), each with the position of its lead in $2.
INSERT INTO messages (account_id, lead_id, id, created_at_ms, doc)
SELECT $1, ($2::text[])[n], id, created_at_ms, doc
FROM json_to_recordset($3::json) AS m (n integer, id text, created_at_ms bigint, doc jsonb)
ON CONFLICT (account_id, lead_id, id) DO UPDATE SET created_at_ms = excluded.created_at_ms, doc = excluded.doc;

-- name: save_facts
-- Writes changed facts of the Insights ($3), each with the position of its lead in $2.
INSERT INTO lead_facts (account_id, lead_id, n, lead_date_ms, amount_micros, value_micros, traits)
SELECT $1, ($2::text[])[n], fact, lead_date_ms, amount_micros, value_micros, traits
FROM json_to_recordset($3::json) AS f (
    n integer, fact bigint, lead_date_ms bigint, amount_micros bigint, value_micros bigint, traits text
)
ON CONFLICT (account_id, lead_id, n) DO UPDATE SET
    lead_date_ms = excluded.lead_date_ms, amount_micros = excluded.amount_micros, value_micros = excluded.value_micros,
    traits = excluded.traits;

-- name: insert_changes
-- Inserts records ($3), each with the position of its lead in $2 and its position in the feed.
INSERT INTO changes (account_id, lead_id, version, position, at_ms, actor, dialect, request_id, fields, stage)
SELECT $1, ($2::text[])[n], version, place, at_ms, actor, dialect, request_id, fields, stage
FROM json_to_recordset($3::json) AS r (
    n integer, place bigint, version integer, at_ms bigint, actor text, dialect text, request_id text, fields json,
    stage text
);

-- name: claim
-- Increments the versions of claims ($2) from those ($3) at which they were read. Returns the claims that were
-- unchanged.
INSERT INTO claims (account_id, key, version)
SELECT $1, key, version + 1 FROM unnest($2::text[], $3::bigint[]) AS c (key, version) ORDER BY key
ON CONFLICT (account_id, key) DO UPDATE SET version = excluded.version WHERE claims.version = excluded.version - 1
RETURNING key;

-- name: insert_answers
-- Stores answers ($2). Returns the keys that were free: without ON CONFLICT Citus copies the rows, and the error of a
-- copy does not name a duplicate key.
INSERT INTO idempotency (account_id, key, fingerprint, at_ms, lead_id, answer)
SELECT $1, key, fingerprint, at_ms, lead_id, answer
FROM json_to_recordset($2::json) AS k (key text, fingerprint text, at_ms bigint, lead_id text, answer text)
ON CONFLICT (account_id, key) DO NOTHING
RETURNING key;

-- name: queue_deliveries
-- Queues deliveries ($3), each with the position of its lead in $2; due at $4 while an earlier one is unfinished.
INSERT INTO deliveries (
    account_id, endpoint_id, lead_id, version, event, state, attempts, cause, created_at_ms, due_at_ms
)
SELECT
    $1, d.endpoint_id, ($2::text[])[d.n], d.version, d.event, 'pending', 0, 'change', d.at_ms,
    CASE WHEN d.waits OR (d.in_turn AND b.state = 'pending') THEN $4 ELSE d.due_at_ms END
FROM json_to_recordset($3::json) AS d (
    n integer, endpoint_id text, version bigint, event text, at_ms bigint, due_at_ms bigint, in_turn boolean,
    waits boolean
)
LEFT JOIN LATERAL (
    SELECT state FROM deliveries
    WHERE account_id = $1 AND endpoint_id = d.endpoint_id AND lead_id = ($2::text[])[d.n] AND version < d.version
    ORDER BY version DESC LIMIT 1
    FOR SHARE
) AS b ON true
ON CONFLICT (account_id, endpoint_id, lead_id, version) DO NOTHING;
