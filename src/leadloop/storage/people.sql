-- name: insert_first_person
-- Stores the first person, unless another process is storing one.
INSERT INTO people (
    id, email, email_key, name, created_at_ms, password_hash, is_operator, language, time_zone, theme, has_shortcuts, founder
) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, 1)
ON CONFLICT DO NOTHING RETURNING id;

-- name: has_person
-- Whether there is anybody.
SELECT 1 FROM people LIMIT 1;

-- name: find_person
-- The person with an e-mail.
SELECT id, email, email_key, name, created_at_ms, password_hash, is_operator, language, time_zone, theme, has_shortcuts
FROM people WHERE email_key = $1;

-- name: list_people
-- At most $2 people with a greater id than $1.
SELECT id, email, email_key, name, created_at_ms, password_hash, is_operator, language, time_zone, theme, has_shortcuts
FROM people WHERE id > $1 ORDER BY id LIMIT $2;

-- name: delete_welcome_links
-- Deletes the links that create the first person.
DELETE FROM links WHERE kind = 'welcome';
