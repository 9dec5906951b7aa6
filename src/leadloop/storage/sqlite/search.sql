-- name: insert_term
-- One term of a lead.
INSERT INTO lead_terms (account_id, field, value, lead_date_ms, lead_id) VALUES (?1, ?2, ?3, ?4, ?5)
ON CONFLICT (account_id, field, value, lead_date_ms, lead_id) DO NOTHING;

-- name: delete_term
-- One term of a lead.
DELETE FROM lead_terms
WHERE account_id = ?1 AND field = ?2 AND value = ?3 AND lead_date_ms = ?4 AND lead_id = ?5;

-- name: has_term
-- Whether there is such a term.
SELECT 1 FROM lead_terms
WHERE account_id = ?1 AND field = ?2 AND value = ?3 AND lead_date_ms = ?4 AND lead_id = ?5;

-- name: insert_place
-- A lead that is indexed from now on. Its number in the full text.
INSERT INTO lead_places (account_id, lead_id, lead_date_ms, value_micros, words) VALUES (?1, ?2, ?3, ?4, ?5)
RETURNING n;

-- name: change_place
-- What is known of a lead beside the full text. Takes the parameters of insert_place.
UPDATE lead_places SET lead_date_ms = ?3, value_micros = ?4, words = ?5 WHERE account_id = ?1 AND lead_id = ?2;

-- name: move_place
-- The same with the words as they are.
UPDATE lead_places SET lead_date_ms = ?3, value_micros = ?4 WHERE account_id = ?1 AND lead_id = ?2;

-- name: delete_place
-- A lead that is indexed no more; its number in the full text, and its words.
DELETE FROM lead_places WHERE account_id = ?1 AND lead_id = ?2 RETURNING n, words;

-- name: get_place
-- What is known of a lead, and its number in the full text.
SELECT n, lead_date_ms, value_micros, words FROM lead_places WHERE account_id = ?1 AND lead_id = ?2;

-- name: insert_words
-- Adds tokens of a lead: all those of a column with an order, any of the others.
-- global: numbers are of one account
INSERT INTO lead_words (rowid, name, email, other) VALUES (?1, ?2, ?3, ?4);

-- name: delete_words
-- Takes tokens of a lead out again: all those of a column with an order, any of the others. They must be there.
-- global: numbers are of one account
INSERT INTO lead_words (lead_words, rowid, name, email, other) VALUES ('delete', ?1, ?2, ?3, ?4);

-- name: has_words
-- Whether the tokens of a lead match.
-- global: numbers are of one account
SELECT 1 FROM lead_words WHERE lead_words MATCH ?2 AND rowid = ?1;

-- name: misindexed
-- How many more leads are indexed than there are. If as many are, how many more have a stage, a status or a value there:
-- a lead has one of each.
SELECT coalesce(nullif(entries - alive, 0), max(0, stages - alive, statuses - alive, terms - worth))
FROM (
    SELECT
        (SELECT count(*) FROM lead_places WHERE account_id = ?1) AS entries,
        (SELECT count(*) FROM leads WHERE account_id = ?1 AND deleted_at_ms IS NULL) AS alive,
        (SELECT count(*) FROM lead_terms WHERE account_id = ?1 AND field = 'stage') AS stages,
        (SELECT count(*) FROM lead_terms WHERE account_id = ?1 AND field = 'status') AS statuses,
        (SELECT count(*) FROM lead_terms WHERE account_id = ?1 AND field = 'value') AS terms,
        (SELECT count(*) FROM lead_places WHERE account_id = ?1 AND value_micros IS NOT NULL) AS worth
) AS counted;
