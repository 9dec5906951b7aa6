-- name: lead_views
-- The leads of a period that are not deleted; with $4 also their stage moves.
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

-- name: lead_views_with_members
-- The same, with an object of the document's members that the columns at /*members*/ name.
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
