-- name: lead_views
-- The leads of a period that are not deleted; with ?4 also their documents, with ?5 their stage moves.
SELECT
    id, lead_date_ms, created_at_ms, stage, status, source, type, iif(?4, doc, '{}'),
    iif(?5, (
        SELECT json_group_array(json_array(version, at_ms, stage)) FROM (
            SELECT c.version, c.at_ms, c.stage FROM changes AS c
            WHERE c.account_id = ?1 AND c.lead_id = leads.id AND c.stage IS NOT NULL
            ORDER BY c.version
        )
    ), NULL)
FROM leads
WHERE account_id = ?1 AND lead_date_ms >= ?2 AND lead_date_ms < ?3 AND deleted_at_ms IS NULL
ORDER BY lead_date_ms;
