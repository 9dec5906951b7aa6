-- name: hold_leads
-- Locks the leads against writes until the transaction ends; reads go on.
LOCK TABLE leads IN SHARE MODE;

-- name: empty_facts
-- Empties the table.
-- global: it is rebuilt for all accounts
DELETE FROM lead_facts;

-- name: empty_terms
-- Empties the table.
-- global: it is rebuilt for all accounts
DELETE FROM lead_terms;

-- name: empty_words
-- Empties the table.
-- global: it is rebuilt for all accounts
DELETE FROM lead_words;

-- name: all_leads
-- The documents of all leads.
-- global: a table is rebuilt for all accounts
SELECT convert_to(doc::text, 'UTF8') FROM leads;

-- name: next_account
-- The first account after $1 in these tables.
-- global: it searches for an account
SELECT min(account_id) FROM (
    SELECT min(account_id) AS account_id FROM leads WHERE account_id > $1
    UNION ALL SELECT min(account_id) FROM lead_facts WHERE account_id > $1 AND lead_date_ms IS NOT NULL
    UNION ALL SELECT min(account_id) FROM lead_terms WHERE account_id > $1
    UNION ALL SELECT min(account_id) FROM lead_words WHERE account_id > $1
) AS accounts;

-- name: lead_surplus
-- How many more leads the stored count has than exist; NULL if records of the feed are missing from it.
SELECT CASE WHEN counted = position THEN
    lead_count - (SELECT count(*) FROM leads WHERE account_id = $1 AND deleted_at_ms IS NULL)
END
FROM feeds WHERE account_id = $1;

-- name: hold_feed
-- Keeps writers of the account from committing until the transaction ends.
SELECT position FROM feeds WHERE account_id = $1 FOR UPDATE;

-- name: recount
-- Counts the account's leads again.
UPDATE feeds SET
    lead_count = (SELECT count(*) FROM leads WHERE account_id = $1 AND deleted_at_ms IS NULL),
    counted = position
WHERE account_id = $1;

-- name: last_lead
-- The id of the account's lead after $2, skipping $3.
SELECT id FROM leads WHERE account_id = $1 AND id > $2 ORDER BY id OFFSET $3 LIMIT 1;

-- name: lock_leads
-- The first $4 leads after $2, up to $3 if set, locked until the transaction ends.
SELECT convert_to(doc::text, 'UTF8') FROM leads
WHERE account_id = $1 AND id > $2 AND ($3::text IS NULL OR id <= $3)
ORDER BY id LIMIT $4
FOR SHARE;

-- name: facts
-- The facts of the leads after $2, up to $3 if set.
SELECT lead_id, n, lead_date_ms, amount_micros, value_micros, traits FROM lead_facts
WHERE account_id = $1 AND lead_id > $2 AND ($3::text IS NULL OR lead_id <= $3) AND lead_date_ms IS NOT NULL;

-- name: terms
-- The terms of the leads after $2, up to $3 if set.
SELECT field, value, lead_date_ms, lead_id FROM lead_terms
WHERE account_id = $1 AND lead_id > $2 AND ($3::text IS NULL OR lead_id <= $3);

-- name: entries
-- Which leads after $2, up to $3 if set, are in the full text.
SELECT lead_id FROM lead_words WHERE account_id = $1 AND lead_id > $2 AND ($3::text IS NULL OR lead_id <= $3);

-- name: correct_entries
-- Writes entries of the full text ($3), each with its position in $2; leaves correct ones unchanged.
INSERT INTO lead_words AS known (account_id, lead_id, lead_date_ms, value_micros, words)
SELECT $1, ($2::text[])[n], lead_date_ms, value_micros, words
FROM json_to_recordset($3::json) AS e (n integer, lead_date_ms bigint, value_micros bigint, words tsvector)
ON CONFLICT (account_id, lead_id) DO UPDATE SET
    lead_date_ms = excluded.lead_date_ms, value_micros = excluded.value_micros, words = excluded.words
    WHERE (known.lead_date_ms, known.value_micros, known.words)
        IS DISTINCT FROM (excluded.lead_date_ms, excluded.value_micros, excluded.words);

-- name: delete_account_facts
-- Deletes at most $2 facts of an account's leads, behind the key in the other parameters; returns their keys.
DELETE FROM lead_facts WHERE account_id = $1 AND (lead_id, n) IN (
    SELECT lead_id, n FROM lead_facts
    WHERE account_id = $1 AND (lead_id, n) > ($3, $4)
    ORDER BY lead_id, n LIMIT $2
) RETURNING lead_id, n;

-- name: delete_account_words
-- Deletes at most $2 entries of an account's full text, behind the key in the other parameters; returns their keys.
DELETE FROM lead_words WHERE account_id = $1 AND lead_id IN (
    SELECT lead_id FROM lead_words
    WHERE account_id = $1 AND lead_id > $3
    ORDER BY lead_id LIMIT $2
) RETURNING lead_id;

-- name: delete_account_claims
-- Deletes at most $2 claims of an account, behind the key in the other parameters; returns their keys.
DELETE FROM claims WHERE account_id = $1 AND key IN (
    SELECT key FROM claims
    WHERE account_id = $1 AND key > $3
    ORDER BY key LIMIT $2
) RETURNING key;

-- name: delete_account_attribution_version
-- Deletes the version of an account's assignment counts.
DELETE FROM attribution_versions WHERE account_id = $1;
