-- name: insert_term
-- Inserts a term of a lead.
INSERT INTO lead_terms (account_id, field, value, lead_date_ms, lead_id) VALUES (?1, ?2, ?3, ?4, ?5)
ON CONFLICT (account_id, field, value, lead_date_ms, lead_id) DO NOTHING;

-- name: delete_term
-- Deletes a term of a lead.
DELETE FROM lead_terms
WHERE account_id = ?1 AND field = ?2 AND value = ?3 AND lead_date_ms = ?4 AND lead_id = ?5;

-- name: has_term
-- Whether a term is stored.
SELECT 1 FROM lead_terms
WHERE account_id = ?1 AND field = ?2 AND value = ?3 AND lead_date_ms = ?4 AND lead_id = ?5;

-- name: insert_place
-- Inserts the place of a lead. Returns its number in the full text.
INSERT INTO lead_places (account_id, lead_id, lead_date_ms, value_micros, words) VALUES (?1, ?2, ?3, ?4, ?5)
RETURNING n;

-- name: change_place
-- Updates the place of a lead. Takes the parameters of insert_place.
UPDATE lead_places SET lead_date_ms = ?3, value_micros = ?4, words = ?5 WHERE account_id = ?1 AND lead_id = ?2;

-- name: move_place
-- The same without the words.
UPDATE lead_places SET lead_date_ms = ?3, value_micros = ?4 WHERE account_id = ?1 AND lead_id = ?2;

-- name: delete_place
-- Deletes the place of a lead. Returns its number in the full text, and its words.
DELETE FROM lead_places WHERE account_id = ?1 AND lead_id = ?2 RETURNING n, words;

-- name: get_place
-- The place of a lead, with its number in the full text.
SELECT n, lead_date_ms, value_micros, words FROM lead_places WHERE account_id = ?1 AND lead_id = ?2;

-- name: insert_words
-- Adds tokens of a lead: of name and e-mail all, of the others any.
-- global: numbers are of one account
INSERT INTO lead_words (rowid, name, email, other) VALUES (?1, ?2, ?3, ?4);

-- name: delete_words
-- Removes tokens of a lead, which must be stored: of name and e-mail all, of the others any.
-- global: numbers are of one account
INSERT INTO lead_words (lead_words, rowid, name, email, other) VALUES ('delete', ?1, ?2, ?3, ?4);

-- name: has_words
-- Whether the tokens of a lead match.
-- global: numbers are of one account
SELECT 1 FROM lead_words WHERE lead_words MATCH ?2 AND rowid = ?1;

-- name: misindexed
-- How many more leads are indexed than exist. If the numbers are equal: how many more have a stage, a status or a value
-- in the index, of which a lead has one each.
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
