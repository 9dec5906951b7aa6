-- name: countries
-- The countries of accounts.
-- global: an account is its own key
SELECT id, country FROM accounts WHERE country IS NOT NULL;

-- name: by_keys
-- Leads that are not deleted and are stored under any of these keys.
SELECT convert_to(doc::text, 'UTF8') FROM leads
WHERE account_id = $1 AND deleted_at_ms IS NULL
    AND id IN (
        SELECT id FROM leads WHERE account_id = $1 AND email_key = ANY($2::text[])
        UNION
        SELECT id FROM leads WHERE account_id = $1 AND phone_key = ANY($3::text[])
    )
LIMIT $4;

-- name: lock_progress
-- The format of the account's keys, the last lead whose keys are recomputed, and the account's country, locked until
-- the transaction ends.
-- global: an account is its own key
SELECT keys_format, keys_renewed_to, country FROM accounts WHERE id = $1 FOR UPDATE;

-- name: put_progress
-- Records the last lead whose keys are current and, once all are, the current format.
-- global: an account is its own key
UPDATE accounts SET keys_format = $2, keys_renewed_to = $3 WHERE id = $1;

-- name: next_leads
-- The leads after one, by id.
SELECT convert_to(doc::text, 'UTF8'), email_key, phone_key FROM leads
WHERE account_id = $1 AND id > $2 ORDER BY id LIMIT $3;

-- name: put_keys
-- Updates the keys of leads ($2) that have not changed since they were read. Returns their ids.
UPDATE leads SET email_key = k.email_key, phone_key = k.phone_key
FROM json_to_recordset($2::json) AS k (id text, version integer, email_key text, phone_key text)
WHERE leads.account_id = $1 AND leads.id = k.id AND leads.version = k.version
RETURNING leads.id;
