-- name: page
-- The documents of the matches.
SELECT convert_to(l.doc::text, 'UTF8')
FROM (/*matches*/) AS f
CROSS JOIN LATERAL (SELECT doc FROM leads WHERE account_id = $1 AND id = f.lead_id OFFSET 0) AS l
ORDER BY /*order*/;

-- name: count
-- Counts the matches.
-- global: the nested query names the account
SELECT count(*) FROM (/*matches*/) AS f;

-- name: stage_sums
-- The matches by stage and own currency: their number, and the sum of their values in halves as on SQLite.
-- global: the nested query names the account
SELECT
    l.stage, CASE WHEN w.value_micros <> 0 THEN l.doc ->> 'currency' END AS currency, count(*),
    coalesce(sum(w.value_micros >> 32), 0), coalesce(sum(w.value_micros & 4294967295), 0)
FROM (/*matches*/) AS f
CROSS JOIN LATERAL (SELECT stage, doc FROM leads WHERE account_id = $1 AND id = f.lead_id OFFSET 0) AS l
LEFT JOIN LATERAL (
    SELECT value_micros FROM lead_words WHERE account_id = $1 AND lead_id = f.lead_id OFFSET 0
) AS w ON true
GROUP BY 1, 2;

-- name: next_term
-- The first value of a hot field after another.
SELECT value FROM lead_terms WHERE account_id = $1 AND field = $2 AND value > $3 ORDER BY value LIMIT 1;

-- name: stored_count
-- The number of the account's leads that are not deleted, unless records of the feed are missing from it.
SELECT lead_count FROM feeds WHERE account_id = $1 AND counted = position;

-- name: all_by_lead_date
-- Every lead of the account, to be read in the order of dates.
SELECT id AS lead_id, lead_date_ms FROM leads WHERE account_id = $1 AND deleted_at_ms IS NULL;

-- name: all_by_creation
-- Every lead of the account, to be read in the order of creation.
SELECT id AS lead_id, lead_date_ms FROM leads WHERE account_id = $1 AND deleted_at_ms IS NULL;

-- name: by_words
-- Leads that match in the full text. Here and below, OFFSET keeps the planner from looking up by the account instead.
SELECT lead_id, lead_date_ms
FROM (SELECT account_id, lead_id, lead_date_ms FROM lead_words WHERE words @@ {}::text::tsquery OFFSET 0) AS w
WHERE account_id = $1;

-- name: by_words_or_ids
-- Leads that match in the full text, and those with these ids.
SELECT lead_id, lead_date_ms
FROM (SELECT account_id, lead_id, lead_date_ms FROM lead_words WHERE words @@ {}::text::tsquery OFFSET 0) AS w
WHERE account_id = $1
UNION
SELECT l.lead_id, l.lead_date_ms
FROM json_array_elements_text({}::text::json) AS v (id)
CROSS JOIN LATERAL (
    SELECT lead_id, lead_date_ms FROM lead_words WHERE account_id = $1 AND lead_id = v.id OFFSET 0
) AS l;

-- name: by_term
-- Leads with one value of a hot field, in the order of their dates.
SELECT lead_id, lead_date_ms FROM lead_terms WHERE account_id = $1 AND field = {} AND value = {};

-- name: by_terms
-- Leads with any of these values. A lead that has several is returned for the first.
SELECT t.lead_id, t.lead_date_ms
FROM json_array_elements_text({}::text::json) WITH ORDINALITY AS v (value, n)
CROSS JOIN LATERAL (
    SELECT lead_id, lead_date_ms FROM lead_terms WHERE account_id = $1 AND field = {} AND value = v.value OFFSET 0
) AS t
WHERE NOT EXISTS (
    SELECT 1
    FROM json_array_elements_text({}::text::json) WITH ORDINALITY AS e (value, n)
    CROSS JOIN LATERAL (
        SELECT 1 FROM lead_terms
        WHERE account_id = $1 AND field = {} AND value = e.value
            AND lead_date_ms = t.lead_date_ms AND lead_id = t.lead_id
        OFFSET 0
    ) AS x
    WHERE e.n < v.n OFFSET 0
);

-- name: by_value
-- Leads with a value in a range.
SELECT lead_id, lead_date_ms FROM lead_terms
WHERE account_id = $1 AND field = 'value' AND value BETWEEN {} AND {} OFFSET 0;

-- name: by_ids
-- Leads with these ids.
SELECT l.id AS lead_id, l.lead_date_ms
FROM json_array_elements_text({}::text::json) AS v (id)
CROSS JOIN LATERAL (
    SELECT id, lead_date_ms, deleted_at_ms FROM leads WHERE account_id = $1 AND id = v.id OFFSET 0
) AS l
WHERE l.deleted_at_ms IS NULL;

-- name: by_creation
-- Leads created within a time range.
SELECT id AS lead_id, lead_date_ms
FROM (
    SELECT id, lead_date_ms, deleted_at_ms FROM leads WHERE account_id = $1 AND id >= {} AND id < {} OFFSET 0
) AS l
WHERE deleted_at_ms IS NULL;

-- name: by_lead_date
-- Leads with a date within a time range.
SELECT id AS lead_id, lead_date_ms FROM leads
WHERE account_id = $1 AND deleted_at_ms IS NULL AND lead_date_ms >= {} AND lead_date_ms < {} OFFSET 0;

-- name: by_email_key
-- Leads with this e-mail key.
SELECT id AS lead_id, lead_date_ms
FROM (SELECT id, lead_date_ms, deleted_at_ms FROM leads WHERE account_id = $1 AND email_key = {} OFFSET 0) AS l
WHERE deleted_at_ms IS NULL;

-- name: by_phone_key
-- Leads with this phone key.
SELECT id AS lead_id, lead_date_ms
FROM (SELECT id, lead_date_ms, deleted_at_ms FROM leads WHERE account_id = $1 AND phone_key = {} OFFSET 0) AS l
WHERE deleted_at_ms IS NULL;

-- name: by_external_key
-- Leads with this external key.
SELECT id AS lead_id, lead_date_ms
FROM (SELECT id, lead_date_ms, deleted_at_ms FROM leads WHERE account_id = $1 AND external_key = {} OFFSET 0) AS l
WHERE deleted_at_ms IS NULL;

-- name: has_terms
-- Whether o has any of these values of a hot field.
SELECT 1
FROM json_array_elements_text({}::text::json) AS v (value)
CROSS JOIN LATERAL (
    SELECT 1 FROM lead_terms AS t
    WHERE t.account_id = $1 AND t.field = {} AND t.value = v.value
        AND t.lead_date_ms = o.lead_date_ms AND t.lead_id = o.lead_id
    OFFSET 0
) AS matches OFFSET 0;

-- name: has_words
-- Whether o meets conditions on the full text and the value.
SELECT 1
FROM (SELECT lead_id, value_micros, words FROM lead_words WHERE account_id = $1 AND lead_id = o.lead_id OFFSET 0) AS w
WHERE true /*filters*/ OFFSET 0;

-- name: matches_columns
-- Whether o meets conditions on its columns.
SELECT 1 FROM leads WHERE account_id = $1 AND id = o.lead_id /*filters*/ OFFSET 0;
