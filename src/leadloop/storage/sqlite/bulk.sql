-- name: existing_leads
-- Which of these ids, a JSON array, exist already.
SELECT id FROM leads WHERE account_id = ?1 AND id IN (SELECT value FROM json_each(?2));
