-- What leads refer to. The document is the entry; its version is that of the account's catalogue when it was last
-- changed, its key stays when it is given another id.
CREATE TABLE catalogue (
    account_id text COLLATE "C" NOT NULL,
    kind text COLLATE "C" NOT NULL,
    key text COLLATE "C" NOT NULL,
    id text COLLATE "C" NOT NULL,
    version bigint NOT NULL,
    name_key text COLLATE "C" NOT NULL,
    archived_at_ms bigint,
    doc text NOT NULL,
    PRIMARY KEY (account_id, kind, key)
);
CREATE INDEX catalogue_by_version ON catalogue (account_id, version);
CREATE INDEX catalogue_by_id ON catalogue (account_id, kind, id);
CREATE INDEX catalogue_by_name ON catalogue (account_id, kind, name_key, id);

-- Counts the changes to an account's catalogue, so that every process notices them. Who changes it holds the row until
-- the end of the transaction: whoever sees a version sees all that came before it.
CREATE TABLE catalogue_versions (
    account_id text COLLATE "C" NOT NULL PRIMARY KEY,
    version bigint NOT NULL
) WITH (fillfactor = 50);

-- How many leads each user was given automatically on one day (counted from 1970), and when the last of them.
CREATE TABLE attributions (
    account_id text COLLATE "C" NOT NULL,
    user_key text COLLATE "C" NOT NULL,
    day bigint NOT NULL,
    given bigint NOT NULL,
    last_at_ms bigint NOT NULL,
    PRIMARY KEY (account_id, user_key)
) WITH (fillfactor = 50);

-- Counts the groups of leads that were given to users: who has seen another number than the present one, chooses again.
CREATE TABLE attribution_versions (
    account_id text COLLATE "C" NOT NULL PRIMARY KEY,
    version bigint NOT NULL
) WITH (fillfactor = 50);

ALTER TABLE accounts ADD COLUMN auto_attribution boolean NOT NULL DEFAULT false;
