-- name: existing_leads
-- Which of these ids exist already.
SELECT id FROM leads WHERE account_id = $1 AND id = ANY ($2::text[]);
