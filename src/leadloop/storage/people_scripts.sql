-- name: upsert_person
-- Stores a person unless one has the e-mail; returns the stored one, locked until the transaction ends.
INSERT INTO people (
    id, email, email_key, name, created_at_ms, password_hash, is_operator, language, time_zone, theme, has_shortcuts
) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)
ON CONFLICT (email_key) DO UPDATE SET email_key = excluded.email_key
RETURNING
    id, email, email_key, name, created_at_ms, password_hash, is_operator, language, time_zone, theme, has_shortcuts;

-- name: get_person
-- One person.
SELECT id, email, email_key, name, created_at_ms, password_hash, is_operator, language, time_zone, theme, has_shortcuts
FROM people WHERE id = $1;

-- name: lock_person
-- One person, locked until the transaction ends.
SELECT id, email, email_key, name, created_at_ms, password_hash, is_operator, language, time_zone, theme, has_shortcuts
FROM people WHERE id = $1 FOR UPDATE;

-- name: update_person
-- Replaces all but id, e-mail and creation.
UPDATE people SET name = $2, password_hash = $3, is_operator = $4, language = $5, time_zone = $6, theme = $7,
    has_shortcuts = $8
WHERE id = $1;

-- name: delete_person
-- Deletes a person.
DELETE FROM people WHERE id = $1;

-- name: delete_sessions
-- Deletes a person's sessions.
DELETE FROM sessions WHERE person_id = $1;

-- name: delete_links
-- Deletes a person's links.
DELETE FROM links WHERE person_id = $1;

-- name: insert_membership
-- Stores a membership; returns nothing if the person is a member already.
INSERT INTO memberships (
    account_id, person_id, role, state, created_at_ms, catalogue_user_id, last_seen_at_ms, signed_out_at_ms
) VALUES ($1, $2, $3, $4, $5, $6, $7, $8)
ON CONFLICT (account_id, person_id) DO NOTHING RETURNING person_id;

-- name: list_account_ids
-- The accounts that a person is a member of.
-- global: a person is a member of several accounts
SELECT account_id FROM memberships WHERE person_id = $1 ORDER BY account_id;

-- name: delete_membership
-- Deletes a membership.
DELETE FROM memberships WHERE account_id = $1 AND person_id = $2;

-- name: delete_views
-- Deletes the views that a holder keeps private in an account.
DELETE FROM saved_views WHERE account_id = $1 AND holder = $2;

-- name: insert_link
-- Stores a link. An existing row is this one, stored by an earlier attempt.
INSERT INTO links (digest, kind, created_at_ms, expires_at_ms, person_id, for_account_id)
VALUES ($1, $2, $3, $4, $5, $6) ON CONFLICT (digest) DO NOTHING;

-- name: get_link
-- A link that was not used.
SELECT digest, kind, created_at_ms, expires_at_ms, person_id, for_account_id
FROM links WHERE digest = $1 AND used_by IS NULL;

-- name: list_accounts_of_person
-- A person's memberships with their accounts.
-- global: a person is a member of several accounts
SELECT m.account_id, m.person_id, m.role, m.state, m.created_at_ms, m.catalogue_user_id, m.last_seen_at_ms,
    m.signed_out_at_ms,
    a.id, a.name, a.created_at_ms, a.asks_version, a.auto_attribution, a.country, a.keys_format, a.currency,
    a.time_zone, a.language, a.agents_see_own, a.contact_goal_minutes, a.office_hours, a.stage_order, a.is_test
FROM memberships AS m JOIN accounts AS a ON a.id = m.account_id
WHERE m.person_id = $1;
