-- Times are milliseconds since 1970, positions and versions count from 1.
CREATE TABLE accounts (
    id text COLLATE "C" NOT NULL PRIMARY KEY,
    name text NOT NULL,
    created_at_ms bigint NOT NULL
);

CREATE TABLE api_keys (
    account_id text COLLATE "C" NOT NULL,
    id text COLLATE "C" NOT NULL,
    name text NOT NULL,
    scopes json NOT NULL,
    digest bytea NOT NULL,
    created_at_ms bigint NOT NULL,
    expires_at_ms bigint,
    revoked_at_ms bigint,
    last_used_at_ms bigint,
    PRIMARY KEY (account_id, id)
);
CREATE INDEX api_keys_by_id ON api_keys (id);

-- Room on every page and no index on what changes often: most updates stay on their page (HOT).
CREATE TABLE leads (
    account_id text COLLATE "C" NOT NULL,
    id text COLLATE "C" NOT NULL,
    version bigint NOT NULL,
    created_at_ms bigint NOT NULL,
    updated_at_ms bigint NOT NULL,
    lead_date_ms bigint NOT NULL,
    deleted_at_ms bigint,
    stage text NOT NULL,
    status text NOT NULL,
    source text NOT NULL,
    type text NOT NULL,
    owner_id text,
    unit_id text,
    department_id text,
    interest_id text,
    campaign_id text,
    client_id text,
    offer_id text,
    email_key text COLLATE "C",
    phone_key text COLLATE "C",
    name_key text,
    sale_value_micros bigint,
    doc jsonb NOT NULL,
    PRIMARY KEY (account_id, id)
) WITH (fillfactor = 70);
CREATE INDEX leads_by_lead_date ON leads (account_id, lead_date_ms, id) WHERE deleted_at_ms IS NULL;
CREATE INDEX leads_by_email ON leads (account_id, email_key) WHERE email_key IS NOT NULL;
CREATE INDEX leads_by_phone ON leads (account_id, phone_key) WHERE phone_key IS NOT NULL;

CREATE TABLE changes (
    account_id text COLLATE "C" NOT NULL,
    lead_id text COLLATE "C" NOT NULL,
    version bigint NOT NULL,
    position bigint NOT NULL,
    at_ms bigint NOT NULL,
    actor text NOT NULL,
    dialect text NOT NULL,
    request_id text NOT NULL,
    fields json NOT NULL,
    PRIMARY KEY (account_id, lead_id, version)
);
CREATE INDEX changes_by_position ON changes (account_id, position);

CREATE TABLE feeds (
    account_id text COLLATE "C" NOT NULL PRIMARY KEY,
    position bigint NOT NULL
) WITH (fillfactor = 50);

CREATE TABLE messages (
    account_id text COLLATE "C" NOT NULL,
    lead_id text COLLATE "C" NOT NULL,
    id text COLLATE "C" NOT NULL,
    created_at_ms bigint NOT NULL,
    doc jsonb NOT NULL,
    PRIMARY KEY (account_id, lead_id, id)
);
CREATE INDEX messages_by_time ON messages (account_id, lead_id, created_at_ms, id);
