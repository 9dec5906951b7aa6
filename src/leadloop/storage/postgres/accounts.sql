-- name: insert_account
-- Its id was made by the application: one that is there already is the same, filed by a first try.
-- global: an account is its own key
INSERT INTO accounts (id, name, created_at_ms, asks_version, auto_attribution) VALUES ($1, $2, $3, $4, $5)
ON CONFLICT (id) DO NOTHING;

-- name: update_account
-- All of it but its creation.
-- global: an account is its own key
UPDATE accounts SET name = $2, asks_version = $3, auto_attribution = $4 WHERE id = $1;

-- name: get_account
-- One account.
SELECT id, name, created_at_ms, asks_version, auto_attribution FROM accounts WHERE id = $1;

-- name: lock_account
-- One account, nobody else's to change until the transaction ends.
SELECT id, name, created_at_ms, asks_version, auto_attribution FROM accounts WHERE id = $1 FOR UPDATE;

-- name: list_accounts
-- All of them, oldest first.
SELECT id, name, created_at_ms, asks_version, auto_attribution FROM accounts ORDER BY created_at_ms, id;
