-- name: insert_account
-- The application made its id: an existing row is this one, stored by an earlier attempt.
-- global: an account is its own key
INSERT INTO accounts (
    id, name, created_at_ms, asks_version, auto_attribution, country, keys_format, currency, time_zone, language,
    agents_see_own, contact_goal_minutes, office_hours, stage_order, is_test
) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15)
ON CONFLICT (id) DO NOTHING;

-- name: update_account
-- Everything but creation and mode. After a change of country the matching keys are recomputed from the first lead on.
-- global: an account is its own key
UPDATE accounts SET name = $2, asks_version = $3, auto_attribution = $4, country = $5, keys_format = $6, currency = $7,
    time_zone = $8, language = $9, agents_see_own = $10, contact_goal_minutes = $11, office_hours = $12,
    stage_order = $13,
    keys_renewed_to = CASE WHEN country IS NOT DISTINCT FROM $5 THEN keys_renewed_to ELSE '' END
WHERE id = $1;

-- name: get_account
-- One account.
SELECT id, name, created_at_ms, asks_version, auto_attribution, country, keys_format, currency, time_zone, language,
    agents_see_own, contact_goal_minutes, office_hours, stage_order, is_test
FROM accounts WHERE id = $1;

-- name: lock_account
-- One account, locked until the transaction ends.
SELECT id, name, created_at_ms, asks_version, auto_attribution, country, keys_format, currency, time_zone, language,
    agents_see_own, contact_goal_minutes, office_hours, stage_order, is_test
FROM accounts WHERE id = $1 FOR UPDATE;

-- name: list_accounts
-- All accounts, oldest first.
SELECT id, name, created_at_ms, asks_version, auto_attribution, country, keys_format, currency, time_zone, language,
    agents_see_own, contact_goal_minutes, office_hours, stage_order, is_test
FROM accounts ORDER BY created_at_ms, id;

-- name: bump_catalogue_version
-- Increments the catalogue's version: lead writes read the account's options with the catalogue.
INSERT INTO catalogue_versions (account_id, version) VALUES ($1, 1)
ON CONFLICT (account_id) DO UPDATE SET version = catalogue_versions.version + 1;
