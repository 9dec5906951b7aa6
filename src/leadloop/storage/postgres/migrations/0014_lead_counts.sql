-- How many leads of the account are not deleted, for lists of all leads. `counted` is the number of the feed's records
-- that the count includes: a leadloop that does not count raises `position` alone, and the count no longer holds.
ALTER TABLE feeds ADD COLUMN lead_count bigint NOT NULL DEFAULT 0;
ALTER TABLE feeds ADD COLUMN counted bigint NOT NULL DEFAULT 0;
-- global: of all accounts
UPDATE feeds SET counted = position;
-- global: of all accounts
UPDATE feeds SET lead_count = existing.leads
FROM (SELECT account_id, count(*) AS leads FROM leads WHERE deleted_at_ms IS NULL GROUP BY account_id) AS existing
WHERE feeds.account_id = existing.account_id;
