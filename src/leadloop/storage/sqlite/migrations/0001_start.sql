-- Times are milliseconds since 1970, positions and versions count from 1.
CREATE TABLE accounts (
    id TEXT NOT NULL PRIMARY KEY,
    name TEXT NOT NULL,
    created_at_ms INTEGER NOT NULL
) STRICT;

CREATE TABLE api_keys (
    account_id TEXT NOT NULL,
    id TEXT NOT NULL,
    name TEXT NOT NULL,
    scopes TEXT NOT NULL,
    digest BLOB NOT NULL,
    created_at_ms INTEGER NOT NULL,
    expires_at_ms INTEGER,
    revoked_at_ms INTEGER,
    last_used_at_ms INTEGER,
    PRIMARY KEY (account_id, id)
) STRICT;
CREATE INDEX api_keys_by_id ON api_keys (id);

-- The document comes last: SQLite reads a row from the front, and would have to page through it for the columns.
CREATE TABLE leads (
    account_id TEXT NOT NULL,
    id TEXT NOT NULL,
    version INTEGER NOT NULL,
    created_at_ms INTEGER NOT NULL,
    updated_at_ms INTEGER NOT NULL,
    lead_date_ms INTEGER NOT NULL,
    deleted_at_ms INTEGER,
    stage TEXT NOT NULL,
    status TEXT NOT NULL,
    source TEXT NOT NULL,
    type TEXT NOT NULL,
    owner_id TEXT,
    unit_id TEXT,
    department_id TEXT,
    interest_id TEXT,
    campaign_id TEXT,
    client_id TEXT,
    offer_id TEXT,
    email_key TEXT,
    phone_key TEXT,
    name_key TEXT,
    sale_value_micros INTEGER,
    doc TEXT NOT NULL,
    PRIMARY KEY (account_id, id)
) STRICT;
CREATE INDEX leads_by_lead_date ON leads (account_id, lead_date_ms, id) WHERE deleted_at_ms IS NULL;
CREATE INDEX leads_by_email ON leads (account_id, email_key) WHERE email_key IS NOT NULL;
CREATE INDEX leads_by_phone ON leads (account_id, phone_key) WHERE phone_key IS NOT NULL;

CREATE TABLE changes (
    account_id TEXT NOT NULL,
    lead_id TEXT NOT NULL,
    version INTEGER NOT NULL,
    position INTEGER NOT NULL,
    at_ms INTEGER NOT NULL,
    actor TEXT NOT NULL,
    dialect TEXT NOT NULL,
    request_id TEXT NOT NULL,
    fields TEXT NOT NULL,
    PRIMARY KEY (account_id, lead_id, version)
) STRICT;
CREATE INDEX changes_by_position ON changes (account_id, position);

CREATE TABLE feeds (
    account_id TEXT NOT NULL PRIMARY KEY,
    position INTEGER NOT NULL
) STRICT;

CREATE TABLE messages (
    account_id TEXT NOT NULL,
    lead_id TEXT NOT NULL,
    id TEXT NOT NULL,
    created_at_ms INTEGER NOT NULL,
    doc TEXT NOT NULL,
    PRIMARY KEY (account_id, lead_id, id)
) STRICT;
CREATE INDEX messages_by_time ON messages (account_id, lead_id, created_at_ms, id);
