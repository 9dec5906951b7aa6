-- name: count_accounts
-- The number of accounts.
-- global: a backup holds all of them
SELECT count(*) FROM accounts;

-- name: count_leads
-- The number of leads, including deleted ones.
-- global: a backup holds all of them
SELECT count(*) FROM leads;

-- name: count_changes
-- The number of changes.
-- global: a backup holds all of them
SELECT count(*) FROM changes;

-- name: has_leads
-- Whether this is a leadloop database.
-- global: the engine's own housekeeping
SELECT count(*) = 4 FROM sqlite_schema
WHERE type = 'table' AND name IN ('schema_version', 'accounts', 'leads', 'changes');
