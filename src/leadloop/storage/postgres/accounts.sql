-- name: insert_account
-- Its id was made by the application: one that is there already is the same, filed by a first try.
-- global: an account is its own key
INSERT INTO accounts (id, name, created_at_ms) VALUES ($1, $2, $3) ON CONFLICT (id) DO NOTHING;

-- name: get_account
-- One account.
SELECT id, name, created_at_ms FROM accounts WHERE id = $1;

-- name: list_accounts
-- All of them, oldest first.
SELECT id, name, created_at_ms FROM accounts ORDER BY created_at_ms, id;
