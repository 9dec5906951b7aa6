-- name: count_accounts
-- How many accounts there are.
-- global: a backup holds all of them
SELECT count(*) FROM accounts;

-- name: count_leads
-- How many leads there are, deleted ones included.
-- global: a backup holds all of them
SELECT count(*) FROM leads;

-- name: count_changes
-- How many changes there are.
-- global: a backup holds all of them
SELECT count(*) FROM changes;

-- name: has_leads
-- Whether this is a leadloop database at all.
-- global: the engine's own housekeeping
SELECT count(*) = 4 FROM sqlite_schema
WHERE type = 'table' AND name IN ('schema_version', 'accounts', 'leads', 'changes');
