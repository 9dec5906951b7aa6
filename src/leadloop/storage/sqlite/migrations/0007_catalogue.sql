-- What leads refer to. The document is the entry; its version is that of the account's catalogue when it was last
-- changed, its key stays when it is given another id.
CREATE TABLE catalogue (
    account_id TEXT NOT NULL,
    kind TEXT NOT NULL,
    key TEXT NOT NULL,
    id TEXT NOT NULL,
    version INTEGER NOT NULL,
    name_key TEXT NOT NULL,
    archived_at_ms INTEGER,
    doc TEXT NOT NULL,
    PRIMARY KEY (account_id, kind, key)
) STRICT, WITHOUT ROWID;
CREATE INDEX catalogue_by_version ON catalogue (account_id, version);
CREATE INDEX catalogue_by_id ON catalogue (account_id, kind, id);
CREATE INDEX catalogue_by_name ON catalogue (account_id, kind, name_key, id);

-- Counts the changes to an account's catalogue, so that every process notices them.
CREATE TABLE catalogue_versions (
    account_id TEXT NOT NULL PRIMARY KEY,
    version INTEGER NOT NULL
) STRICT;

-- How many leads each user was given automatically on one day (counted from 1970), and when the last of them.
CREATE TABLE attributions (
    account_id TEXT NOT NULL,
    user_key TEXT NOT NULL,
    day INTEGER NOT NULL,
    given INTEGER NOT NULL,
    last_at_ms INTEGER NOT NULL,
    PRIMARY KEY (account_id, user_key)
) STRICT, WITHOUT ROWID;

ALTER TABLE accounts ADD COLUMN auto_attribution INTEGER NOT NULL DEFAULT 0;
