-- name: hold_leads
-- Others may read leads, and write them when the transaction has ended.
LOCK TABLE leads IN SHARE MODE;

-- name: empty_facts
-- All of it goes.
-- global: it is rebuilt for all accounts
DELETE FROM lead_facts;

-- name: empty_terms
-- All of it goes.
-- global: it is rebuilt for all accounts
DELETE FROM lead_terms;

-- name: empty_words
-- All of it goes.
-- global: it is rebuilt for all accounts
DELETE FROM lead_words;

-- name: all_leads
-- Every document.
-- global: a table is rebuilt for all accounts
SELECT convert_to(doc::text, 'UTF8') FROM leads;

-- name: next_account
-- The first account behind $1 in these tables.
-- global: it looks for an account
SELECT min(account_id) FROM (
    SELECT min(account_id) AS account_id FROM leads WHERE account_id > $1
    UNION ALL SELECT min(account_id) FROM lead_facts WHERE account_id > $1 AND lead_date_ms IS NOT NULL
    UNION ALL SELECT min(account_id) FROM lead_terms WHERE account_id > $1
    UNION ALL SELECT min(account_id) FROM lead_words WHERE account_id > $1
) AS accounts;

-- name: last_lead
-- The id of the lead that $3 others of the account stand before, behind $2.
SELECT id FROM leads WHERE account_id = $1 AND id > $2 ORDER BY id OFFSET $3 LIMIT 1;

-- name: lock_leads
-- The first $4 leads behind $2, up to $3 where it is given. Nobody changes them until the transaction ends.
SELECT convert_to(doc::text, 'UTF8') FROM leads
WHERE account_id = $1 AND id > $2 AND ($3::text IS NULL OR id <= $3)
ORDER BY id LIMIT $4
FOR SHARE;

-- name: facts
-- The facts of the leads behind $2, up to $3 where it is given.
SELECT lead_id, n, lead_date_ms, amount_micros, value_micros, traits FROM lead_facts
WHERE account_id = $1 AND lead_id > $2 AND ($3::text IS NULL OR lead_id <= $3) AND lead_date_ms IS NOT NULL;

-- name: terms
-- The terms of the leads behind $2, up to $3 where it is given.
SELECT field, value, lead_date_ms, lead_id FROM lead_terms
WHERE account_id = $1 AND lead_id > $2 AND ($3::text IS NULL OR lead_id <= $3);

-- name: entries
-- Which of the leads behind $2, up to $3 where it is given, are in the full text.
SELECT lead_id FROM lead_words WHERE account_id = $1 AND lead_id > $2 AND ($3::text IS NULL OR lead_id <= $3);

-- name: correct_entries
-- Leads in the full text ($3), each with its place in $2; those that are right are left alone.
INSERT INTO lead_words AS known (account_id, lead_id, lead_date_ms, value_micros, words)
SELECT $1, ($2::text[])[n], lead_date_ms, value_micros, words
FROM json_to_recordset($3::json) AS e (n integer, lead_date_ms bigint, value_micros bigint, words tsvector)
ON CONFLICT (account_id, lead_id) DO UPDATE SET
    lead_date_ms = excluded.lead_date_ms, value_micros = excluded.value_micros, words = excluded.words
    WHERE (known.lead_date_ms, known.value_micros, known.words)
        IS DISTINCT FROM (excluded.lead_date_ms, excluded.value_micros, excluded.words);
