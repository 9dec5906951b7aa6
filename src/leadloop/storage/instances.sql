-- name: get_instance
-- The instance, once a server has known its pepper.
-- global: one row, of the whole instance
SELECT id, pepper_check, created_at_ms, format FROM instance;

-- name: insert_instance
-- The first to come names the instance.
-- global: one row, of the whole instance
INSERT INTO instance (singleton, id, pepper_check, created_at_ms, format) VALUES (1, $1, $2, $3, $4)
ON CONFLICT (singleton) DO NOTHING;

-- name: update_instance
-- Another id and pepper, which the operator has accepted.
-- global: one row, of the whole instance
UPDATE instance SET id = $1, pepper_check = $2, format = $3;
