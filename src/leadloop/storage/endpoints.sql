-- name: insert_endpoint
-- A new endpoint, unless the account has $7 already.
INSERT INTO webhook_endpoints (account_id, id, created_at_ms, doc, health, secrets)
SELECT $1, $2, $3, $4, $5, $6 WHERE (SELECT count(*) FROM webhook_endpoints WHERE account_id = $1) < $7
ON CONFLICT (account_id, id) DO NOTHING;

-- name: get_endpoint
-- One endpoint.
SELECT doc, health, secrets FROM webhook_endpoints WHERE account_id = $1 AND id = $2;

-- name: lock_endpoint
-- One endpoint, nobody else's to change until the transaction ends.
SELECT doc, health, secrets FROM webhook_endpoints WHERE account_id = $1 AND id = $2 FOR UPDATE;

-- name: list_endpoints
-- An account's endpoints, oldest first.
SELECT doc, health, secrets FROM webhook_endpoints WHERE account_id = $1 ORDER BY created_at_ms, id;

-- name: list_all_endpoints
-- Those of every account.
-- global: a worker sends for all accounts
SELECT doc, health, secrets FROM webhook_endpoints ORDER BY account_id, created_at_ms, id;

-- name: update_endpoint
-- What its owner says of it, how it fares, and what its deliveries are signed with.
UPDATE webhook_endpoints SET doc = $3, health = $4, secrets = $5 WHERE account_id = $1 AND id = $2;

-- name: delete_endpoint
-- An endpoint.
DELETE FROM webhook_endpoints WHERE account_id = $1 AND id = $2;

-- name: leave_over
-- What was on its way to it is still to be dropped.
INSERT INTO webhook_leftovers (account_id, endpoint_id, deleted_at_ms) VALUES ($1, $2, $3)
ON CONFLICT (account_id, endpoint_id) DO NOTHING;

-- name: move_routes
-- Says that the account's endpoints have changed.
INSERT INTO webhook_routes (account_id, version) VALUES ($1, 1)
ON CONFLICT (account_id) DO UPDATE SET version = webhook_routes.version + 1;

-- name: get_routes
-- How often the account's endpoints have changed.
SELECT version FROM webhook_routes WHERE account_id = $1;
