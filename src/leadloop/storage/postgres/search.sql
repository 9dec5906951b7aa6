-- name: delete_terms
-- Deletes terms ($3), each with the position of its lead in $2.
DELETE FROM lead_terms
USING json_to_recordset($3::json) AS m (n integer, field text, value text, lead_date_ms bigint)
WHERE lead_terms.account_id = $1 AND lead_terms.field = m.field AND lead_terms.value = m.value
    AND lead_terms.lead_date_ms = m.lead_date_ms AND lead_terms.lead_id = ($2::text[])[m.n];

-- name: insert_terms
-- Inserts terms ($3), each with the position of its lead in $2.
INSERT INTO lead_terms (account_id, field, value, lead_date_ms, lead_id)
SELECT $1, field, value, lead_date_ms, ($2::text[])[n]
FROM json_to_recordset($3::json) AS m (n integer, field text, value text, lead_date_ms bigint)
ON CONFLICT (account_id, field, value, lead_date_ms, lead_id) DO NOTHING;

-- name: save_entries
-- Inserts or replaces entries of the full text ($3), each with the position of its lead in $2.
INSERT INTO lead_words (account_id, lead_id, lead_date_ms, value_micros, words)
SELECT $1, ($2::text[])[n], lead_date_ms, value_micros, words
FROM json_to_recordset($3::json) AS e (n integer, lead_date_ms bigint, value_micros bigint, words tsvector)
ON CONFLICT (account_id, lead_id) DO UPDATE SET
    lead_date_ms = excluded.lead_date_ms, value_micros = excluded.value_micros, words = excluded.words;

-- name: edit_entries
-- Edits entries of the full text ($3), each with the position of its lead in $2. Returns the positions of those found.
UPDATE lead_words SET
    lead_date_ms = e.lead_date_ms, value_micros = e.value_micros,
    words = CASE
        WHEN e.gone IS NULL THEN words
        WHEN e.phone IS NULL THEN ts_delete(words, e.gone) || e.new
        ELSE ts_delete(words, e.gone || ARRAY(SELECT lexeme FROM unnest(words) WHERE starts_with(lexeme, e.phone))) || e.new
    END
FROM json_to_recordset($3::json) AS e (
    n integer, lead_date_ms bigint, value_micros bigint, gone text[], new tsvector, phone text
)
WHERE account_id = $1 AND lead_id = ($2::text[])[e.n]
RETURNING e.n;

-- name: restore_entry
-- Inserts the entry of the lead $2, if its version is still $3.
INSERT INTO lead_words (account_id, lead_id, lead_date_ms, value_micros, words)
SELECT account_id, id, $4, $5, $6::text::tsvector FROM leads WHERE account_id = $1 AND id = $2 AND version = $3 FOR SHARE
ON CONFLICT (account_id, lead_id) DO UPDATE SET
    lead_date_ms = excluded.lead_date_ms, value_micros = excluded.value_micros, words = excluded.words;

-- name: delete_entries
-- Deletes entries of the full text ($3), each with the position of its lead in $2.
DELETE FROM lead_words USING json_to_recordset($3::json) AS e (n integer)
WHERE account_id = $1 AND lead_id = ($2::text[])[e.n];

-- name: count_terms
-- How many of these terms, given by columns, the lead $2 has.
SELECT count(*)
FROM unnest($3::text[], $4::text[], $5::bigint[]) AS asked (field, value, lead_date_ms)
JOIN lead_terms ON lead_terms.account_id = $1 AND lead_terms.field = asked.field AND lead_terms.value = asked.value
    AND lead_terms.lead_date_ms = asked.lead_date_ms AND lead_terms.lead_id = $2;

-- name: has_entry
-- The date and value of a lead's entry, and whether these are its words.
SELECT lead_date_ms, value_micros, words = $3::text::tsvector FROM lead_words WHERE account_id = $1 AND lead_id = $2;

-- name: misindexed
-- How many more leads are indexed than exist. If the numbers are equal: how many more have a stage, a status or a value
-- in the index, of which a lead has one each.
SELECT coalesce(nullif(entries - alive, 0), greatest(0, stages - alive, statuses - alive, terms - worth))
FROM (
    SELECT
        (SELECT count(*) FROM lead_words WHERE account_id = $1) AS entries,
        (SELECT count(*) FROM leads WHERE account_id = $1 AND deleted_at_ms IS NULL) AS alive,
        (SELECT count(*) FROM lead_terms WHERE account_id = $1 AND field = 'stage') AS stages,
        (SELECT count(*) FROM lead_terms WHERE account_id = $1 AND field = 'status') AS statuses,
        (SELECT count(*) FROM lead_terms WHERE account_id = $1 AND field = 'value') AS terms,
        (SELECT count(*) FROM lead_words WHERE account_id = $1 AND value_micros IS NOT NULL) AS worth
) AS counted;
