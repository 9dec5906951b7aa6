-- name: page
-- The documents of what is found.
SELECT convert_to(l.doc::text, 'UTF8')
FROM (/*found*/) AS f
CROSS JOIN LATERAL (SELECT doc FROM leads WHERE account_id = $1 AND id = f.lead_id OFFSET 0) AS l
ORDER BY /*order*/;

-- name: count
-- How many are found.
-- global: what is found asks for the account
SELECT count(*) FROM (/*found*/) AS f;

-- name: all_leads
-- Every lead of the account.
SELECT id AS lead_id, lead_date_ms FROM leads WHERE account_id = $1 AND deleted_at_ms IS NULL;

-- name: by_words
-- Leads in the full text. OFFSET keeps conditions apart here and below: the account is not what to find them by.
SELECT lead_id, lead_date_ms
FROM (SELECT account_id, lead_id, lead_date_ms FROM lead_words WHERE words @@ {}::text::tsquery OFFSET 0) AS w
WHERE account_id = $1;

-- name: by_words_or_ids
-- Leads in the full text, and those of these ids.
SELECT lead_id, lead_date_ms
FROM (SELECT account_id, lead_id, lead_date_ms FROM lead_words WHERE words @@ {}::text::tsquery OFFSET 0) AS w
WHERE account_id = $1
UNION
SELECT lead_id, lead_date_ms FROM lead_words
WHERE account_id = $1 AND lead_id = ANY (ARRAY(SELECT json_array_elements_text({}::text::json)));

-- name: by_term
-- Leads with one value of a hot field, in the order of their dates.
SELECT lead_id, lead_date_ms FROM lead_terms WHERE account_id = $1 AND field = {} AND value = {};

-- name: by_terms
-- Leads with any value of these; one may have several.
SELECT DISTINCT lead_id, lead_date_ms FROM lead_terms
WHERE account_id = $1 AND field = {} AND value = ANY (ARRAY(SELECT json_array_elements_text({}::text::json)));

-- name: by_value
-- Leads that are worth as much.
SELECT lead_id, lead_date_ms FROM lead_words
WHERE account_id = $1 AND value_micros BETWEEN {} AND {} OFFSET 0;

-- name: by_ids
-- Leads of these ids.
SELECT id AS lead_id, lead_date_ms FROM leads
WHERE account_id = $1 AND deleted_at_ms IS NULL
    AND id = ANY (ARRAY(SELECT json_array_elements_text({}::text::json))) OFFSET 0;

-- name: by_creation
-- Leads that were made within a span.
SELECT id AS lead_id, lead_date_ms FROM leads
WHERE account_id = $1 AND deleted_at_ms IS NULL AND id >= {} AND id < {} OFFSET 0;

-- name: by_lead_date
-- Leads with a date within a span.
SELECT id AS lead_id, lead_date_ms FROM leads
WHERE account_id = $1 AND deleted_at_ms IS NULL AND lead_date_ms >= {} AND lead_date_ms < {} OFFSET 0;

-- name: by_email_key
-- Leads with this e-mail.
SELECT id AS lead_id, lead_date_ms FROM leads
WHERE account_id = $1 AND deleted_at_ms IS NULL AND email_key = {} OFFSET 0;

-- name: by_phone_key
-- Leads with this phone.
SELECT id AS lead_id, lead_date_ms FROM leads
WHERE account_id = $1 AND deleted_at_ms IS NULL AND phone_key = {} OFFSET 0;

-- name: by_external_key
-- Leads with this id of another system.
SELECT id AS lead_id, lead_date_ms FROM leads
WHERE account_id = $1 AND deleted_at_ms IS NULL AND external_key = {} OFFSET 0;

-- name: has_terms
-- Whether o has any of these values of a hot field.
SELECT 1 FROM lead_terms AS t
WHERE t.account_id = $1 AND t.field = {} AND t.value = ANY (ARRAY(SELECT json_array_elements_text({}::text::json)))
    AND t.lead_date_ms = o.lead_date_ms AND t.lead_id = o.lead_id OFFSET 0;

-- name: has_words
-- Whether o is as the full text and its value say.
SELECT 1 FROM lead_words WHERE account_id = $1 AND lead_id = o.lead_id /*filters*/ OFFSET 0;

-- name: is_so
-- Whether the columns of o are so.
SELECT 1 FROM leads WHERE account_id = $1 AND id = o.lead_id /*filters*/ OFFSET 0;
