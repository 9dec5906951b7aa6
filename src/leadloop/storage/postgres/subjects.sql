-- name: subjects
-- The leads of a period, not deleted: $4 is whether with their moves.
SELECT
    id, lead_date_ms, created_at_ms, stage, status, source, type, '{}',
    CASE WHEN $4 THEN (
        SELECT json_agg(json_build_array(m.version, m.at_ms, m.stage))::text FROM (
            SELECT c.version, c.at_ms, c.stage FROM changes AS c
            WHERE c.account_id = $1 AND c.lead_id = leads.id AND c.stage IS NOT NULL
            ORDER BY c.version
        ) AS m
    ) END
FROM leads
WHERE account_id = $1 AND lead_date_ms >= $2 AND lead_date_ms < $3 AND deleted_at_ms IS NULL;

-- name: subjects_with_members
-- The same with an object of those members of the document that the columns in place of /*members*/ are named for.
SELECT
    id, lead_date_ms, created_at_ms, leads.stage, status, source, type, json_strip_nulls(to_json(asked))::text,
    CASE WHEN $4 THEN (
        SELECT json_agg(json_build_array(m.version, m.at_ms, m.stage))::text FROM (
            SELECT c.version, c.at_ms, c.stage FROM changes AS c
            WHERE c.account_id = $1 AND c.lead_id = leads.id AND c.stage IS NOT NULL
            ORDER BY c.version
        ) AS m
    ) END
FROM leads, jsonb_to_record(doc) AS asked (/*members*/)
WHERE account_id = $1 AND lead_date_ms >= $2 AND lead_date_ms < $3 AND deleted_at_ms IS NULL;
