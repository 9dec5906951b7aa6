-- name: insert_account
-- Its id was made by the application: one that is there already is the same, filed by a first try.
-- global: an account is its own key
INSERT INTO accounts (id, name, created_at_ms, asks_version, auto_attribution, country, keys_format)
VALUES ($1, $2, $3, $4, $5, $6, $7)
ON CONFLICT (id) DO NOTHING;

-- name: update_account
-- All of it but its creation. Keys that depend on another country now are renewed from the first lead on.
-- global: an account is its own key
UPDATE accounts SET name = $2, asks_version = $3, auto_attribution = $4, country = $5, keys_format = $6,
    keys_renewed_to = CASE WHEN country IS NOT DISTINCT FROM $5 THEN keys_renewed_to ELSE '' END
WHERE id = $1;

-- name: get_account
-- One account.
SELECT id, name, created_at_ms, asks_version, auto_attribution, country, keys_format FROM accounts WHERE id = $1;

-- name: lock_account
-- One account, nobody else's to change until the transaction ends.
SELECT id, name, created_at_ms, asks_version, auto_attribution, country, keys_format FROM accounts WHERE id = $1 FOR UPDATE;

-- name: list_accounts
-- All of them, oldest first.
SELECT id, name, created_at_ms, asks_version, auto_attribution, country, keys_format FROM accounts ORDER BY created_at_ms, id;

-- name: move_catalogue
-- What writes of leads read of their account has changed: it counts as a change of the catalogue.
INSERT INTO catalogue_versions (account_id, version) VALUES ($1, 1)
ON CONFLICT (account_id) DO UPDATE SET version = catalogue_versions.version + 1;
