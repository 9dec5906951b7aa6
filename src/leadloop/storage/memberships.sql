-- name: update_membership
-- Replaces all but account, person and creation.
UPDATE memberships SET role = $3, state = $4, catalogue_user_id = $5, last_seen_at_ms = $6, signed_out_at_ms = $7
WHERE account_id = $1 AND person_id = $2;

-- name: touch_membership
-- Records a use of the account, if it is later than the last recorded one.
UPDATE memberships SET last_seen_at_ms = $3
WHERE account_id = $1 AND person_id = $2 AND (last_seen_at_ms IS NULL OR last_seen_at_ms < $3);

-- name: get_member
-- One member of an account.
SELECT m.account_id, m.person_id, m.role, m.state, m.created_at_ms, m.catalogue_user_id, m.last_seen_at_ms,
    m.signed_out_at_ms,
    p.id, p.email, p.email_key, p.name, p.created_at_ms, p.password_hash, p.is_operator, p.language, p.time_zone,
    p.theme, p.has_shortcuts
FROM memberships AS m JOIN people AS p ON p.id = m.person_id
WHERE m.account_id = $1 AND m.person_id = $2;

-- name: list_members
-- At most $3 members of an account with a greater person id than $2.
SELECT m.account_id, m.person_id, m.role, m.state, m.created_at_ms, m.catalogue_user_id, m.last_seen_at_ms,
    m.signed_out_at_ms,
    p.id, p.email, p.email_key, p.name, p.created_at_ms, p.password_hash, p.is_operator, p.language, p.time_zone,
    p.theme, p.has_shortcuts
FROM memberships AS m JOIN people AS p ON p.id = m.person_id
WHERE m.account_id = $1 AND m.person_id > $2 ORDER BY m.person_id LIMIT $3;

-- name: count_other_owners
-- How many active owners the account has besides a person.
SELECT count(*) FROM memberships
WHERE account_id = $1 AND person_id <> $2 AND role = 'owner' AND state = 'active';

-- name: list_pairs
-- Account and person of each membership.
-- global: for checking the whole instance
SELECT account_id, person_id FROM memberships;
