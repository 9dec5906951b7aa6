-- name: insert_session
-- Stores a session. An existing row is this one, stored by an earlier attempt.
INSERT INTO sessions (digest, person_id, created_at_ms, seen_at_ms, password_at_ms, address, user_agent)
VALUES ($1, $2, $3, $4, $5, $6, $7) ON CONFLICT (digest) DO NOTHING;

-- name: get_session
-- A session with its person.
SELECT s.digest, s.person_id, s.created_at_ms, s.seen_at_ms, s.password_at_ms, s.address, s.user_agent,
    p.id, p.email, p.email_key, p.name, p.created_at_ms, p.password_hash, p.is_operator, p.language, p.time_zone,
    p.theme, p.has_shortcuts
FROM sessions AS s JOIN people AS p ON p.id = s.person_id
WHERE s.digest = $1;

-- name: touch_session
-- Records a use, if it is later than the last recorded one.
UPDATE sessions SET seen_at_ms = $2 WHERE digest = $1 AND seen_at_ms < $2;

-- name: delete_session
-- Ends a session.
DELETE FROM sessions WHERE digest = $1;

-- name: delete_other_sessions
-- Ends a person's sessions except one.
DELETE FROM sessions WHERE person_id = $1 AND digest <> $2 RETURNING 1;

-- name: list_sessions
-- A person's sessions, the latest use first.
SELECT digest, person_id, created_at_ms, seen_at_ms, password_at_ms, address, user_agent
FROM sessions WHERE person_id = $1 ORDER BY seen_at_ms DESC, digest;

-- name: purge_sessions
-- Deletes sessions that were last used before $1 or created before $2.
DELETE FROM sessions WHERE seen_at_ms < $1 OR created_at_ms < $2 RETURNING 1;

-- name: purge_links
-- Deletes links that expired before $1.
DELETE FROM links WHERE expires_at_ms < $1 RETURNING 1;
