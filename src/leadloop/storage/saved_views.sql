-- name: insert_view
-- Stores a view; returns nothing if another one of the holder has the name.
INSERT INTO saved_views (account_id, id, holder, owner, name, name_key, search, sort, columns, created_at_ms)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)
ON CONFLICT (account_id, holder, name_key) DO NOTHING RETURNING id;

-- name: get_view
-- One view of an account.
SELECT account_id, id, holder, owner, name, search, sort, columns, created_at_ms FROM saved_views
WHERE account_id = $1 AND id = $2;

-- name: list_visible
-- At most $4 shared views and those of $2, with a greater id than $3.
SELECT account_id, id, holder, owner, name, search, sort, columns, created_at_ms FROM saved_views
WHERE account_id = $1 AND holder IN ('', $2) AND id > $3 ORDER BY id LIMIT $4;

-- name: list_all
-- Every view.
-- global: for checking the whole instance
SELECT account_id, id, holder, owner, name, search, sort, columns, created_at_ms FROM saved_views;

-- name: count_views
-- How many views a holder has.
SELECT count(*) FROM saved_views WHERE account_id = $1 AND holder = $2;

-- name: find_namesake
-- Another view of a holder with the name.
SELECT id FROM saved_views WHERE account_id = $1 AND holder = $2 AND name_key = $3 AND id <> $4;

-- name: update_view
-- Replaces all but account, id, owner and creation.
UPDATE saved_views SET holder = $3, name = $4, name_key = $5, search = $6, sort = $7, columns = $8
WHERE account_id = $1 AND id = $2;

-- name: delete_view
-- Deletes a view; returns its id if it existed.
DELETE FROM saved_views WHERE account_id = $1 AND id = $2 RETURNING id;
