-- name: delete_replaced_links
-- Deletes the other links of the same kind for the same person and account.
DELETE FROM links
WHERE kind = $2 AND person_id IS NOT DISTINCT FROM $3 AND for_account_id IS NOT DISTINCT FROM $4 AND digest <> $1;

-- name: get_usable_link
-- An invitation or a password link that has not expired at $2 and was not used, except by the call $3.
SELECT digest, kind, created_at_ms, expires_at_ms, person_id, for_account_id
FROM links
WHERE digest = $1 AND expires_at_ms > $2 AND (used_by IS NULL OR used_by = $3) AND kind <> 'welcome';

-- name: use_link
-- Marks a link as used up by a call; returns nothing if another call did that.
UPDATE links SET used_by = $2 WHERE digest = $1 AND (used_by IS NULL OR used_by = $2) RETURNING digest;

-- name: delete_obsolete_links
-- Deletes what else a used link replaces: other invitations to the account, and all other password links. Whoever
-- accepts an invitation is in another account from now on, whose owner must not set their password.
DELETE FROM links
WHERE person_id = $1 AND digest <> $3
    AND (kind = 'password' OR (kind = $2 AND for_account_id IS NOT DISTINCT FROM $4));

-- name: activate_membership
-- Makes an invited person an active member.
UPDATE memberships SET state = 'active' WHERE account_id = $1 AND person_id = $2 AND state = 'invited';
