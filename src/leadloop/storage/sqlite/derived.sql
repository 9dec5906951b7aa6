-- name: empty_facts
-- Empties the table.
-- global: it is rebuilt for all accounts
DELETE FROM lead_facts;

-- name: empty_terms
-- Empties the table.
-- global: it is rebuilt for all accounts
DELETE FROM lead_terms;

-- name: empty_places
-- Empties the table.
-- global: it is rebuilt for all accounts
DELETE FROM lead_places;

-- name: empty_words
-- All of it goes, in the way of a table without content.
-- global: it is rebuilt for all accounts
INSERT INTO lead_words (lead_words) VALUES ('delete-all');

-- name: all_leads
-- The documents of all leads.
-- global: a table is rebuilt for all accounts
SELECT doc FROM leads;

-- name: next_account
-- The first account after ?1 in these tables.
-- global: it searches for an account
SELECT min(account_id) FROM (
    SELECT min(account_id) AS account_id FROM leads WHERE account_id > ?1
    UNION ALL SELECT min(account_id) FROM lead_facts WHERE account_id > ?1
    UNION ALL SELECT min(account_id) FROM lead_terms WHERE account_id > ?1
    UNION ALL SELECT min(account_id) FROM lead_places WHERE account_id > ?1
);

-- name: lead_surplus
-- How many more leads the stored count has than exist; NULL if records of the feed are missing from it.
SELECT CASE WHEN counted = position THEN
    lead_count - (SELECT count(*) FROM leads WHERE account_id = ?1 AND deleted_at_ms IS NULL)
END
FROM feeds WHERE account_id = ?1;

-- name: recount
-- Counts the account's leads again.
UPDATE feeds SET
    lead_count = (SELECT count(*) FROM leads WHERE account_id = ?1 AND deleted_at_ms IS NULL),
    counted = position
WHERE account_id = ?1;

-- name: last_lead
-- The id of the account's lead after ?2, skipping ?3.
SELECT id FROM leads WHERE account_id = ?1 AND id > ?2 ORDER BY id LIMIT 1 OFFSET ?3;

-- name: next_leads
-- The first ?4 leads after ?2, up to ?3 if set.
SELECT doc FROM leads WHERE account_id = ?1 AND id > ?2 AND (?3 IS NULL OR id <= ?3) ORDER BY id LIMIT ?4;

-- name: facts
-- The facts of the leads after ?2, up to ?3 if set.
SELECT account_id, lead_id, n, lead_date_ms, amount_micros, value_micros, traits, month
FROM lead_facts WHERE account_id = ?1 AND lead_id > ?2 AND (?3 IS NULL OR lead_id <= ?3);

-- name: insert_fact
-- Inserts one fact of a lead, if it is missing.
INSERT INTO lead_facts (account_id, lead_id, n, lead_date_ms, amount_micros, value_micros, traits, month)
VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)
ON CONFLICT (account_id, month, traits, lead_date_ms, lead_id, n) DO NOTHING;

-- name: terms
-- The terms of the leads after ?2, up to ?3 if set.
SELECT account_id, field, value, lead_date_ms, lead_id
FROM lead_terms WHERE account_id = ?1 AND lead_id > ?2 AND (?3 IS NULL OR lead_id <= ?3);

-- name: places
-- The places of the leads after ?2, up to ?3 if set.
SELECT account_id, lead_id, lead_date_ms, value_micros, words
FROM lead_places WHERE account_id = ?1 AND lead_id > ?2 AND (?3 IS NULL OR lead_id <= ?3);

-- name: put_place
-- Inserts or replaces the place of a lead.
INSERT INTO lead_places (account_id, lead_id, lead_date_ms, value_micros, words) VALUES (?1, ?2, ?3, ?4, ?5)
ON CONFLICT (account_id, lead_id) DO UPDATE SET
    lead_date_ms = excluded.lead_date_ms, value_micros = excluded.value_micros, words = excluded.words;

-- name: delete_place
-- Deletes the place of a lead.
DELETE FROM lead_places WHERE account_id = ?1 AND lead_id = ?2;

-- name: refill_words
-- Fills the full text from the places, whose words have three lines each, in the order of their numbers.
-- global: it is rebuilt for all accounts
INSERT INTO lead_words (rowid, name, email, other)
SELECT n, substr(words, 1, first - 1), substr(words, first + 1, second - 1), substr(words, first + second + 1)
FROM (
    SELECT n, words, instr(words, char(10)) AS first,
        instr(substr(words, instr(words, char(10)) + 1), char(10)) AS second
    FROM lead_places
)
ORDER BY n;

-- name: delete_account_facts
-- Deletes at most ?2 facts of an account's leads, behind the key in the other parameters; returns their keys.
DELETE FROM lead_facts WHERE account_id = ?1 AND (month, traits, lead_date_ms, lead_id, n) IN (
    SELECT month, traits, lead_date_ms, lead_id, n FROM lead_facts
    WHERE account_id = ?1 AND (month, traits, lead_date_ms, lead_id, n) > (?3, ?4, ?5, ?6, ?7)
    ORDER BY month, traits, lead_date_ms, lead_id, n LIMIT ?2
) RETURNING month, traits, lead_date_ms, lead_id, n;

-- name: delete_account_places
-- Deletes the places of at most ?2 leads of an account. Returns their numbers in the full text, and their words.
DELETE FROM lead_places WHERE account_id = ?1 AND lead_id IN (
    SELECT lead_id FROM lead_places WHERE account_id = ?1 LIMIT ?2
) RETURNING n, words;
