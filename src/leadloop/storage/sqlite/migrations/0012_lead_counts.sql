-- How many leads of the account are not deleted, for lists of all leads. `counted` is the number of the feed's records
-- that the count includes: a leadloop that does not count raises `position` alone, and the count no longer holds.
ALTER TABLE feeds ADD COLUMN lead_count INTEGER NOT NULL DEFAULT 0;
ALTER TABLE feeds ADD COLUMN counted INTEGER NOT NULL DEFAULT 0;
-- global: of all accounts
UPDATE feeds SET
    lead_count = (SELECT count(*) FROM leads WHERE leads.account_id = feeds.account_id AND deleted_at_ms IS NULL),
    counted = position;
