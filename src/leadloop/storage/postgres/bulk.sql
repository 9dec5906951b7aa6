-- name: known_leads
-- Which of these ids are there already.
SELECT id FROM leads WHERE account_id = $1 AND id = ANY ($2::text[]);

-- name: move_feed
-- Moves the account's feed on by $2 records; where it ends then.
INSERT INTO feeds (account_id, position) VALUES ($1, $2)
ON CONFLICT (account_id) DO UPDATE SET position = feeds.position + excluded.position RETURNING position;
