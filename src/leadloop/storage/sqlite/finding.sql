-- name: page
-- The documents of the matches, as bytes: text would be decoded and encoded again on its way.
SELECT CAST(l.doc AS BLOB)
FROM (/*matches*/) AS f CROSS JOIN leads AS l ON l.account_id = ?1 AND l.id = f.lead_id
ORDER BY /*order*/;

-- name: count
-- Counts the matches.
-- global: the nested query names the account
SELECT count(*) FROM (/*matches*/);

-- name: stage_sums
-- The matches by stage and own currency: their number, and the sum of their values in halves, as it can exceed 63 bits.
-- global: the nested query names the account
SELECT
    l.stage, iif(p.value_micros <> 0, l.doc ->> 'currency', NULL) AS currency, count(*),
    coalesce(sum(p.value_micros >> 32), 0), coalesce(sum(p.value_micros & 4294967295), 0)
FROM (/*matches*/) AS f
CROSS JOIN leads AS l ON l.account_id = ?1 AND l.id = f.lead_id
LEFT JOIN lead_places AS p ON p.account_id = ?1 AND p.lead_id = f.lead_id
GROUP BY l.stage, currency;

-- name: next_term
-- The first value of a hot field after another.
SELECT value FROM lead_terms WHERE account_id = ?1 AND field = ?2 AND value > ?3 ORDER BY value LIMIT 1;

-- name: stored_count
-- The number of the account's leads that are not deleted, unless records of the feed are missing from it.
SELECT lead_count FROM feeds WHERE account_id = ?1 AND counted = position;

-- name: all_by_lead_date
-- Every lead of the account, to be read in the order of dates.
SELECT id AS lead_id, lead_date_ms FROM leads INDEXED BY leads_by_lead_date
WHERE account_id = ?1 AND deleted_at_ms IS NULL;

-- name: all_by_creation
-- Every lead of the account, to be read in the order of creation.
SELECT id AS lead_id, lead_date_ms FROM leads INDEXED BY sqlite_autoindex_leads_1
WHERE account_id = ?1 AND deleted_at_ms IS NULL;

-- name: by_words
-- Leads that match in the full text.
SELECT p.lead_id, p.lead_date_ms
FROM lead_words CROSS JOIN lead_places AS p ON p.n = lead_words.rowid
WHERE lead_words MATCH {} AND p.account_id = ?1;

-- name: by_words_or_ids
-- Leads that match in the full text, and those with these ids.
SELECT p.lead_id, p.lead_date_ms
FROM lead_words CROSS JOIN lead_places AS p ON p.n = lead_words.rowid
WHERE lead_words MATCH {} AND p.account_id = ?1
UNION
SELECT lead_id, lead_date_ms FROM lead_places
WHERE account_id = ?1 AND lead_id IN (SELECT value FROM json_each({}));

-- name: by_term
-- Leads with one value of a hot field, in the order of their dates.
SELECT lead_id, lead_date_ms FROM lead_terms WHERE account_id = ?1 AND field = {} AND value = {};

-- name: by_terms
-- Leads with any of these values. A lead that has several is returned for the first.
SELECT t.lead_id, t.lead_date_ms
FROM json_each({}) AS v
CROSS JOIN lead_terms AS t ON t.account_id = ?1 AND t.field = {} AND t.value = v.value
WHERE NOT EXISTS (
    SELECT 1 FROM json_each({}) AS e
    CROSS JOIN lead_terms AS x ON x.account_id = ?1 AND x.field = {} AND x.value = e.value
        AND x.lead_date_ms = t.lead_date_ms AND x.lead_id = t.lead_id
    WHERE e.key < v.key
);

-- name: by_value
-- Leads with a value in a range.
SELECT lead_id, lead_date_ms FROM lead_terms
WHERE account_id = ?1 AND field = 'value' AND value BETWEEN {} AND {} LIMIT -1;

-- name: by_ids
-- Leads with these ids.
SELECT id AS lead_id, lead_date_ms FROM leads
WHERE account_id = ?1 AND deleted_at_ms IS NULL AND id IN (SELECT value FROM json_each({})) LIMIT -1;

-- name: by_creation
-- Leads created within a time range. The LIMIT keeps SQLite from reading in the order of the list.
SELECT id AS lead_id, lead_date_ms FROM leads INDEXED BY sqlite_autoindex_leads_1
WHERE account_id = ?1 AND deleted_at_ms IS NULL AND id >= {} AND id < {} LIMIT -1;

-- name: by_lead_date
-- Leads with a date within a time range. The LIMIT keeps SQLite from reading in the order of the list.
SELECT id AS lead_id, lead_date_ms FROM leads INDEXED BY leads_by_lead_date
WHERE account_id = ?1 AND deleted_at_ms IS NULL AND lead_date_ms >= {} AND lead_date_ms < {} LIMIT -1;

-- name: by_email_key
-- Leads with this e-mail key.
SELECT id AS lead_id, lead_date_ms FROM leads INDEXED BY leads_by_email
WHERE account_id = ?1 AND deleted_at_ms IS NULL AND email_key = {};

-- name: by_phone_key
-- Leads with this phone key.
SELECT id AS lead_id, lead_date_ms FROM leads INDEXED BY leads_by_phone
WHERE account_id = ?1 AND deleted_at_ms IS NULL AND phone_key = {};

-- name: by_external_key
-- Leads with this external key.
SELECT id AS lead_id, lead_date_ms FROM leads INDEXED BY leads_by_external_key
WHERE account_id = ?1 AND deleted_at_ms IS NULL AND external_key = {};

-- name: has_terms
-- Whether o has any of these values of a hot field.
SELECT 1 FROM lead_terms AS t
WHERE t.account_id = ?1 AND t.value IN (SELECT value FROM json_each({})) AND t.field = {}
    AND t.lead_date_ms = o.lead_date_ms AND t.lead_id = o.lead_id;

-- name: has_words
-- Whether o meets conditions on the full text and the value.
SELECT 1 FROM lead_places WHERE account_id = ?1 AND lead_id = o.lead_id /*filters*/;

-- name: matches_columns
-- Whether o meets conditions on its columns.
SELECT 1 FROM leads WHERE account_id = ?1 AND id = o.lead_id /*filters*/;
