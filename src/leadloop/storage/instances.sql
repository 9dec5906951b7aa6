-- name: get_instance
-- The instance; the first server that has the pepper stores it.
-- global: one row, of the whole instance
SELECT id, pepper_check, created_at_ms, format FROM instance;

-- name: insert_instance
-- Stores the instance unless one is stored.
-- global: one row, of the whole instance
INSERT INTO instance (singleton, id, pepper_check, created_at_ms, format) VALUES (1, $1, $2, $3, $4)
ON CONFLICT (singleton) DO NOTHING;

-- name: update_instance
-- Replaces id and pepper, as the operator confirmed.
-- global: one row, of the whole instance
UPDATE instance SET id = $1, pepper_check = $2, format = $3;
