-- name: countries
-- The countries of accounts.
-- global: an account is its own key
SELECT id, country FROM accounts WHERE country IS NOT NULL;

-- name: by_keys
-- Leads that are not deleted and are stored under any of these keys, two JSON arrays.
SELECT doc FROM leads
WHERE account_id = ?1 AND deleted_at_ms IS NULL
    AND id IN (
        SELECT id FROM leads WHERE account_id = ?1 AND email_key IN (SELECT value FROM json_each(?2))
        UNION
        SELECT id FROM leads WHERE account_id = ?1 AND phone_key IN (SELECT value FROM json_each(?3))
    )
LIMIT ?4;

-- name: get_progress
-- The format of the account's keys, the last lead whose keys are recomputed, and the account's country.
-- global: an account is its own key
SELECT keys_format, keys_renewed_to, country FROM accounts WHERE id = ?1;

-- name: put_progress
-- Records the last lead whose keys are current and, once all are, the current format.
-- global: an account is its own key
UPDATE accounts SET keys_format = ?2, keys_renewed_to = ?3 WHERE id = ?1;

-- name: next_leads
-- The leads after one, by id.
SELECT doc, email_key, phone_key FROM leads WHERE account_id = ?1 AND id > ?2 ORDER BY id LIMIT ?3;

-- name: put_keys
-- Updates the keys of a lead.
UPDATE leads SET email_key = ?3, phone_key = ?4 WHERE account_id = ?1 AND id = ?2;
