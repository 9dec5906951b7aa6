-- Searches with a name. `holder` is whose names must differ from it: the owner's, or empty for those of the account.
CREATE TABLE saved_views (
    account_id text COLLATE "C" NOT NULL,
    id text COLLATE "C" NOT NULL,
    holder text COLLATE "C" NOT NULL,
    owner text NOT NULL,
    name text NOT NULL,
    name_key text COLLATE "C" NOT NULL,
    search text NOT NULL,
    sort text NOT NULL,
    columns text NOT NULL,
    created_at_ms bigint NOT NULL,
    PRIMARY KEY (account_id, id),
    UNIQUE (account_id, holder, name_key)
);
