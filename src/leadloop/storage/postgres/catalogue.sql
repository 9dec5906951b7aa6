-- name: changed_entries
-- The entries that changed after a version.
SELECT doc FROM catalogue WHERE account_id = $1 AND version > $2;

-- name: get_version
-- The version of the account's catalogue.
SELECT version FROM catalogue_versions WHERE account_id = $1;

-- name: bump_version
-- Increments the catalogue's version and locks it until the transaction ends. Returns the version.
INSERT INTO catalogue_versions (account_id, version) VALUES ($1, 1)
ON CONFLICT (account_id) DO UPDATE SET version = catalogue_versions.version + 1 RETURNING version;

-- name: get_options
-- The account's options: automatic assignment, country, time zone and currency.
-- global: an account is its own key
SELECT auto_attribution, country, time_zone, currency FROM accounts WHERE id = $1;

-- name: put_entries
-- Inserts or replaces entries.
INSERT INTO catalogue (account_id, kind, key, id, version, name_key, archived_at_ms, doc)
SELECT $1, kind, key, id, version, name_key, archived_at_ms, doc
FROM unnest($2::text[], $3::text[], $4::text[], $5::bigint[], $6::text[], $7::bigint[], $8::text[])
    AS e (kind, key, id, version, name_key, archived_at_ms, doc)
ON CONFLICT (account_id, kind, key) DO UPDATE SET
    id = excluded.id, version = excluded.version, name_key = excluded.name_key,
    archived_at_ms = excluded.archived_at_ms, doc = excluded.doc;

-- name: list_entries
-- Entries of a kind after a name and an id, by name: those with $5 in their names (NULL: any), archived or not (NULL:
-- both).
SELECT doc FROM catalogue
WHERE account_id = $1 AND kind = $2 AND (name_key, id) > ($3, $4)
    AND ($5::text IS NULL OR position($5 IN name_key) > 0)
    AND ($6::boolean IS NULL OR (archived_at_ms IS NOT NULL) = $6)
ORDER BY name_key, id LIMIT $7;

-- name: get_entry
-- An entry by its id, or by the id it had before a client assigned one.
SELECT doc FROM catalogue WHERE account_id = $1 AND kind = $2 AND (id = $3 OR key = $3) ORDER BY id <> $3 LIMIT 1;

-- name: list_assignment_counts
-- The assignment counts of users: the day, the leads assigned on it, and the time of the last one.
SELECT user_key, day, given, last_at_ms FROM attributions WHERE account_id = $1;

-- name: get_assignments_version
-- The version of the account's assignment counts.
SELECT version FROM attribution_versions WHERE account_id = $1;

-- name: bump_assignments_version
-- Increments the version of the assignment counts if it is $2. Returns a row if it was.
INSERT INTO attribution_versions (account_id, version) VALUES ($1, $2 + 1)
ON CONFLICT (account_id) DO UPDATE SET version = excluded.version
    WHERE attribution_versions.version = excluded.version - 1
RETURNING version;

-- name: put_assignment_counts
-- Inserts or replaces assignment counts.
INSERT INTO attributions (account_id, user_key, day, given, last_at_ms)
SELECT $1, user_key, day, given, last_at_ms
FROM unnest($2::text[], $3::bigint[], $4::bigint[], $5::bigint[]) AS t (user_key, day, given, last_at_ms)
ON CONFLICT (account_id, user_key) DO UPDATE SET
    day = excluded.day, given = excluded.given, last_at_ms = excluded.last_at_ms;

-- name: all_leads
-- Every document, those of an account by the creation of the leads.
-- global: a migration fills the table for all accounts
SELECT account_id, convert_to(doc::text, 'UTF8') FROM leads ORDER BY account_id, id;
