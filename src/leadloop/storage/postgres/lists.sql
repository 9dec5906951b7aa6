-- name: list_by_lead_date
-- A page of documents by the leads' own dates, newest first.
SELECT convert_to(doc::text, 'UTF8') FROM leads WHERE account_id = $1 AND deleted_at_ms IS NULL /*filters*/
ORDER BY lead_date_ms DESC, id DESC LIMIT $2 OFFSET $3;

-- name: list_by_creation
-- A page of documents by their creation, which their ids tell, newest first.
SELECT convert_to(doc::text, 'UTF8') FROM leads WHERE account_id = $1 AND deleted_at_ms IS NULL /*filters*/
ORDER BY id DESC LIMIT $2 OFFSET $3;

-- name: count_leads
-- How many there are, counted up to $2.
SELECT count(*) FROM (
    SELECT 1 FROM leads WHERE account_id = $1 AND deleted_at_ms IS NULL /*filters*/ LIMIT $2
) AS found;
