-- Searches with a name. `holder` is whose names must differ from it: the owner's, or empty for those of the account.
CREATE TABLE saved_views (
    account_id TEXT NOT NULL,
    id TEXT NOT NULL,
    holder TEXT NOT NULL,
    owner TEXT NOT NULL,
    name TEXT NOT NULL,
    name_key TEXT NOT NULL,
    search TEXT NOT NULL,
    sort TEXT NOT NULL,
    columns TEXT NOT NULL,
    created_at_ms INTEGER NOT NULL,
    PRIMARY KEY (account_id, id),
    UNIQUE (account_id, holder, name_key)
) STRICT, WITHOUT ROWID;
