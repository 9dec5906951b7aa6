-- name: empty_facts
-- All of it goes.
-- global: it is rebuilt for all accounts
DELETE FROM lead_facts;

-- name: empty_terms
-- All of it goes.
-- global: it is rebuilt for all accounts
DELETE FROM lead_terms;

-- name: empty_places
-- All of it goes.
-- global: it is rebuilt for all accounts
DELETE FROM lead_places;

-- name: empty_words
-- All of it goes, in the way of a table without content.
-- global: it is rebuilt for all accounts
INSERT INTO lead_words (lead_words) VALUES ('delete-all');

-- name: all_leads
-- Every document.
-- global: a table is rebuilt for all accounts
SELECT doc FROM leads;

-- name: next_account
-- The first account behind ?1 in these tables.
-- global: it looks for an account
SELECT min(account_id) FROM (
    SELECT min(account_id) AS account_id FROM leads WHERE account_id > ?1
    UNION ALL SELECT min(account_id) FROM lead_facts WHERE account_id > ?1
    UNION ALL SELECT min(account_id) FROM lead_terms WHERE account_id > ?1
    UNION ALL SELECT min(account_id) FROM lead_places WHERE account_id > ?1
);

-- name: last_lead
-- The id of the lead that ?3 others of the account stand before, behind ?2.
SELECT id FROM leads WHERE account_id = ?1 AND id > ?2 ORDER BY id LIMIT 1 OFFSET ?3;

-- name: next_leads
-- The first ?4 leads behind ?2, up to ?3 where it is given.
SELECT doc FROM leads WHERE account_id = ?1 AND id > ?2 AND (?3 IS NULL OR id <= ?3) ORDER BY id LIMIT ?4;

-- name: facts
-- The facts of the leads behind ?2, up to ?3 where it is given.
SELECT account_id, lead_id, n, lead_date_ms, amount_micros, value_micros, traits, month
FROM lead_facts WHERE account_id = ?1 AND lead_id > ?2 AND (?3 IS NULL OR lead_id <= ?3);

-- name: insert_fact
-- One fact of a lead, where it is not there.
INSERT INTO lead_facts (account_id, lead_id, n, lead_date_ms, amount_micros, value_micros, traits, month)
VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)
ON CONFLICT (account_id, month, traits, lead_date_ms, lead_id, n) DO NOTHING;

-- name: terms
-- The terms of the leads behind ?2, up to ?3 where it is given.
SELECT account_id, field, value, lead_date_ms, lead_id
FROM lead_terms WHERE account_id = ?1 AND lead_id > ?2 AND (?3 IS NULL OR lead_id <= ?3);

-- name: places
-- What is known of the leads behind ?2 in the full text, up to ?3 where it is given.
SELECT account_id, lead_id, lead_date_ms, value_micros, words
FROM lead_places WHERE account_id = ?1 AND lead_id > ?2 AND (?3 IS NULL OR lead_id <= ?3);

-- name: put_place
-- What is known of a lead, in place of anything else.
INSERT INTO lead_places (account_id, lead_id, lead_date_ms, value_micros, words) VALUES (?1, ?2, ?3, ?4, ?5)
ON CONFLICT (account_id, lead_id) DO UPDATE SET
    lead_date_ms = excluded.lead_date_ms, value_micros = excluded.value_micros, words = excluded.words;

-- name: delete_place
-- A lead is in the full text no more.
DELETE FROM lead_places WHERE account_id = ?1 AND lead_id = ?2;

-- name: refill_words
-- The words of all leads, of which each has three lines; in the order of their numbers.
-- global: it is rebuilt for all accounts
INSERT INTO lead_words (rowid, name, email, other)
SELECT n, substr(words, 1, first - 1), substr(words, first + 1, second - 1), substr(words, first + second + 1)
FROM (
    SELECT n, words, instr(words, char(10)) AS first,
        instr(substr(words, instr(words, char(10)) + 1), char(10)) AS second
    FROM lead_places
)
ORDER BY n;
