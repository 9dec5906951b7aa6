-- name: delete_terms
-- Terms ($3) that leads have no more, each with the place of its lead in $2.
DELETE FROM lead_terms
USING json_to_recordset($3::json) AS m (n integer, field text, value text, lead_date_ms bigint)
WHERE lead_terms.account_id = $1 AND lead_terms.field = m.field AND lead_terms.value = m.value
    AND lead_terms.lead_date_ms = m.lead_date_ms AND lead_terms.lead_id = ($2::text[])[m.n];

-- name: insert_terms
-- Terms ($3) that leads have from now on, each with the place of its lead in $2.
INSERT INTO lead_terms (account_id, field, value, lead_date_ms, lead_id)
SELECT $1, field, value, lead_date_ms, ($2::text[])[n]
FROM json_to_recordset($3::json) AS m (n integer, field text, value text, lead_date_ms bigint)
ON CONFLICT (account_id, field, value, lead_date_ms, lead_id) DO NOTHING;

-- name: save_entries
-- Leads in the full text ($3), each with its place in $2.
INSERT INTO lead_words (account_id, lead_id, lead_date_ms, value_micros, words)
SELECT $1, ($2::text[])[n], lead_date_ms, value_micros, words
FROM json_to_recordset($3::json) AS e (n integer, lead_date_ms bigint, value_micros bigint, words tsvector)
ON CONFLICT (account_id, lead_id) DO UPDATE SET
    lead_date_ms = excluded.lead_date_ms, value_micros = excluded.value_micros, words = excluded.words;

-- name: edit_entries
-- What is other of leads in the full text ($3), each with its place in $2. Returns the places of those that were there.
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
-- The lead $2 in the full text, if it still is at the version $3.
INSERT INTO lead_words (account_id, lead_id, lead_date_ms, value_micros, words)
SELECT account_id, id, $4, $5, $6::text::tsvector FROM leads WHERE account_id = $1 AND id = $2 AND version = $3 FOR SHARE
ON CONFLICT (account_id, lead_id) DO UPDATE SET
    lead_date_ms = excluded.lead_date_ms, value_micros = excluded.value_micros, words = excluded.words;

-- name: delete_entries
-- Leads that are in the full text no more ($3), each with its place in $2.
DELETE FROM lead_words USING json_to_recordset($3::json) AS e (n integer)
WHERE account_id = $1 AND lead_id = ($2::text[])[e.n];

-- name: count_terms
-- How many of these terms, given by columns, the lead $2 has.
SELECT count(*)
FROM unnest($3::text[], $4::text[], $5::bigint[]) AS asked (field, value, lead_date_ms)
JOIN lead_terms ON lead_terms.account_id = $1 AND lead_terms.field = asked.field AND lead_terms.value = asked.value
    AND lead_terms.lead_date_ms = asked.lead_date_ms AND lead_terms.lead_id = $2;

-- name: has_entry
-- What is known of a lead beside its words, and whether these are its words.
SELECT lead_date_ms, value_micros, words = $3::text::tsvector FROM lead_words WHERE account_id = $1 AND lead_id = $2;

-- name: misindexed
-- How many more leads are indexed than there are. If as many are, how many more have a stage, a status or a value there:
-- a lead has one of each.
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
