-- name: delete_keys
-- Deletes an account's API keys.
DELETE FROM api_keys WHERE account_id = $1;

-- name: delete_endpoints
-- Deletes an account's webhook endpoints.
DELETE FROM webhook_endpoints WHERE account_id = $1;

-- name: delete_links
-- Deletes the links to an account.
DELETE FROM links WHERE for_account_id = $1;

-- name: list_person_ids
-- At most $2 members of an account.
SELECT person_id FROM memberships WHERE account_id = $1 ORDER BY person_id LIMIT $2;

-- name: delete_deliveries
-- Deletes at most $2 deliveries of an account, behind the key in the other parameters; returns their keys.
DELETE FROM deliveries WHERE account_id = $1 AND (endpoint_id, lead_id, version) IN (
    SELECT endpoint_id, lead_id, version FROM deliveries
    WHERE account_id = $1 AND (endpoint_id, lead_id, version) > ($3, $4, $5)
    ORDER BY endpoint_id, lead_id, version LIMIT $2
) RETURNING endpoint_id, lead_id, version;

-- name: delete_attempts
-- Deletes at most $2 attempts of an account, behind the key in the other parameters; returns their keys.
DELETE FROM attempts WHERE account_id = $1 AND (endpoint_id, lead_id, version, at_ms, n) IN (
    SELECT endpoint_id, lead_id, version, at_ms, n FROM attempts
    WHERE account_id = $1 AND (endpoint_id, lead_id, version, at_ms, n) > ($3, $4, $5, $6, $7)
    ORDER BY endpoint_id, lead_id, version, at_ms, n LIMIT $2
) RETURNING endpoint_id, lead_id, version, at_ms, n;

-- name: delete_terms
-- Deletes at most $2 terms of an account's leads, behind the key in the other parameters; returns their keys.
DELETE FROM lead_terms WHERE account_id = $1 AND (field, value, lead_date_ms, lead_id) IN (
    SELECT field, value, lead_date_ms, lead_id FROM lead_terms
    WHERE account_id = $1 AND (field, value, lead_date_ms, lead_id) > ($3, $4, $5, $6)
    ORDER BY field, value, lead_date_ms, lead_id LIMIT $2
) RETURNING field, value, lead_date_ms, lead_id;

-- name: delete_messages
-- Deletes at most $2 messages of an account, behind the key in the other parameters; returns their keys.
DELETE FROM messages WHERE account_id = $1 AND (lead_id, id) IN (
    SELECT lead_id, id FROM messages
    WHERE account_id = $1 AND (lead_id, id) > ($3, $4)
    ORDER BY lead_id, id LIMIT $2
) RETURNING lead_id, id;

-- name: delete_leads
-- Deletes at most $2 leads of an account, behind the key in the other parameters; returns their keys.
DELETE FROM leads WHERE account_id = $1 AND id IN (
    SELECT id FROM leads
    WHERE account_id = $1 AND id > $3
    ORDER BY id LIMIT $2
) RETURNING id;

-- name: delete_changes
-- Deletes at most $2 change records of an account, behind the key in the other parameters; returns their keys.
DELETE FROM changes WHERE account_id = $1 AND (lead_id, version) IN (
    SELECT lead_id, version FROM changes
    WHERE account_id = $1 AND (lead_id, version) > ($3, $4)
    ORDER BY lead_id, version LIMIT $2
) RETURNING lead_id, version;

-- name: delete_answers
-- Deletes at most $2 stored answers of an account, behind the key in the other parameters; returns their keys.
DELETE FROM idempotency WHERE account_id = $1 AND key IN (
    SELECT key FROM idempotency
    WHERE account_id = $1 AND key > $3
    ORDER BY key LIMIT $2
) RETURNING key;

-- name: delete_catalogue
-- Deletes at most $2 entries of an account's catalogue, behind the key in the other parameters; returns their keys.
DELETE FROM catalogue WHERE account_id = $1 AND (kind, key) IN (
    SELECT kind, key FROM catalogue
    WHERE account_id = $1 AND (kind, key) > ($3, $4)
    ORDER BY kind, key LIMIT $2
) RETURNING kind, key;

-- name: delete_audit
-- Deletes at most $2 audit entries of an account, behind the key in the other parameters; returns their keys.
DELETE FROM audit WHERE account_id = $1 AND id IN (
    SELECT id FROM audit
    WHERE account_id = $1 AND id > $3
    ORDER BY id LIMIT $2
) RETURNING id;

-- name: delete_views
-- Deletes at most $2 saved views of an account, behind the key in the other parameters; returns their keys.
DELETE FROM saved_views WHERE account_id = $1 AND id IN (
    SELECT id FROM saved_views
    WHERE account_id = $1 AND id > $3
    ORDER BY id LIMIT $2
) RETURNING id;

-- name: delete_leftovers
-- Deletes the marks of an account's deleted endpoints.
DELETE FROM webhook_leftovers WHERE account_id = $1;

-- name: delete_routes
-- Deletes the version of an account's endpoints.
DELETE FROM webhook_routes WHERE account_id = $1;

-- name: delete_attributions
-- Deletes an account's assignment counts.
DELETE FROM attributions WHERE account_id = $1;

-- name: delete_catalogue_version
-- Deletes the version of an account's catalogue.
DELETE FROM catalogue_versions WHERE account_id = $1;

-- name: delete_feed
-- Deletes the counters of an account's feed.
DELETE FROM feeds WHERE account_id = $1;

-- name: delete_account
-- Deletes an account.
DELETE FROM accounts WHERE id = $1;
