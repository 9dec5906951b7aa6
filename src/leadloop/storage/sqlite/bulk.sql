-- name: existing_leads
-- Which of these ids, a JSON array, exist already.
SELECT id FROM leads WHERE account_id = ?1 AND id IN (SELECT value FROM json_each(?2));

-- name: advance_feed
-- Advances the account's feed by ?2 records, which change its number of leads by ?3. Returns its last position.
INSERT INTO feeds (account_id, position, lead_count, counted) VALUES (?1, ?2, ?3, ?2)
ON CONFLICT (account_id) DO UPDATE SET
    position = position + ?2, lead_count = lead_count + ?3, counted = counted + ?2
RETURNING position;
