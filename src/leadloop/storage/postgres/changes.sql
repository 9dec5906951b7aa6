-- name: list_lead_changes
-- One lead's records after a version, oldest first.
SELECT lead_id, version, position, at_ms, actor, dialect, request_id, fields FROM changes
WHERE account_id = $1 AND lead_id = $2 AND version > $3 ORDER BY version LIMIT $4;

-- name: list_changes
-- An account's records after a position, in order.
SELECT lead_id, version, position, at_ms, actor, dialect, request_id, fields FROM changes
WHERE account_id = $1 AND position > $2 ORDER BY position LIMIT $3;

-- name: get_feed_position
-- The position of an account's last record.
SELECT position FROM feeds WHERE account_id = $1;

-- name: get_version_at
-- The last version of a lead at a moment. The times of its records never decrease.
SELECT version FROM changes WHERE account_id = $1 AND lead_id = $2 AND at_ms <= $3
ORDER BY version DESC LIMIT 1;

-- name: list_messages
-- A lead's conversation before a message ($3, $4), newest first.
SELECT doc FROM messages
WHERE account_id = $1 AND lead_id = $2 AND created_at_ms <= $3 AND (created_at_ms, id) < ($3, $4)
ORDER BY created_at_ms DESC, id DESC LIMIT $5;

-- name: advance_feed
-- Advances the account's feed by $2 records, which change its number of leads by $3. Returns its last position.
INSERT INTO feeds (account_id, position, lead_count, counted) VALUES ($1, $2, $3, $2)
ON CONFLICT (account_id) DO UPDATE SET
    position = feeds.position + excluded.position, lead_count = feeds.lead_count + excluded.lead_count,
    counted = feeds.counted + excluded.counted
RETURNING position;

-- name: leads_and_changes
-- Each current lead ($1, $2), once, with its changes from a version ($3) on, oldest first; none if more than $4 changes
-- followed.
-- mixed: a worker sends for all accounts; by_account.sql has its counterpart
SELECT
    w.n, CASE WHEN c.version = w.version THEN l.doc END, c.account_id,
    c.lead_id, c.version, c.position, c.at_ms, c.actor, c.dialect, c.request_id, c.fields
FROM unnest($1::text[], $2::text[], $3::bigint[]) WITH ORDINALITY AS w (account_id, lead_id, version, n)
CROSS JOIN LATERAL (
    SELECT l.doc, l.version FROM leads AS l WHERE l.account_id = w.account_id AND l.id = w.lead_id LIMIT 1
) AS l
CROSS JOIN LATERAL (
    SELECT c.* FROM changes AS c
    WHERE c.account_id = w.account_id AND c.lead_id = w.lead_id AND c.version BETWEEN w.version AND l.version
    ORDER BY c.version LIMIT $4 + 1
) AS c
WHERE l.version BETWEEN w.version AND w.version + $4
ORDER BY w.n, c.version;
