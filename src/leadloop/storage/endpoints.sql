-- name: insert_endpoint
-- Inserts an endpoint, unless the account already has $7.
INSERT INTO webhook_endpoints (account_id, id, created_at_ms, doc, health, secrets)
SELECT $1, $2, $3, $4, $5, $6 WHERE (SELECT count(*) FROM webhook_endpoints WHERE account_id = $1) < $7
ON CONFLICT (account_id, id) DO NOTHING;

-- name: get_endpoint
-- One endpoint.
SELECT doc, health, secrets FROM webhook_endpoints WHERE account_id = $1 AND id = $2;

-- name: lock_endpoint
-- One endpoint, locked until the transaction ends.
SELECT doc, health, secrets FROM webhook_endpoints WHERE account_id = $1 AND id = $2 FOR UPDATE;

-- name: list_endpoints
-- An account's endpoints, oldest first.
SELECT doc, health, secrets FROM webhook_endpoints WHERE account_id = $1 ORDER BY created_at_ms, id;

-- name: list_all_endpoints
-- The endpoints of every account.
-- global: a worker sends for all accounts
SELECT doc, health, secrets FROM webhook_endpoints ORDER BY account_id, created_at_ms, id;

-- name: update_endpoint
-- Sets an endpoint's document, health and signing secrets.
UPDATE webhook_endpoints SET doc = $3, health = $4, secrets = $5 WHERE account_id = $1 AND id = $2;

-- name: delete_endpoint
-- Deletes an endpoint.
DELETE FROM webhook_endpoints WHERE account_id = $1 AND id = $2;

-- name: insert_leftover
-- Marks the deleted endpoint's deliveries for the next purge.
INSERT INTO webhook_leftovers (account_id, endpoint_id, deleted_at_ms) VALUES ($1, $2, $3)
ON CONFLICT (account_id, endpoint_id) DO NOTHING;

-- name: bump_routes_version
-- Increments the version of the account's endpoints.
INSERT INTO webhook_routes (account_id, version) VALUES ($1, 1)
ON CONFLICT (account_id) DO UPDATE SET version = webhook_routes.version + 1;

-- name: get_routes
-- The version of the account's endpoints.
SELECT version FROM webhook_routes WHERE account_id = $1;
