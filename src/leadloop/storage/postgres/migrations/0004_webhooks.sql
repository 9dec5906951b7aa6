-- Where changes are told. The document is the endpoint as its owner set it up; its health changes by itself, its
-- secrets are encrypted.
CREATE TABLE webhook_endpoints (
    account_id text COLLATE "C" NOT NULL,
    id text COLLATE "C" NOT NULL,
    created_at_ms bigint NOT NULL,
    doc text NOT NULL,
    health text NOT NULL,
    secrets text NOT NULL,
    PRIMARY KEY (account_id, id)
);

-- Counts the changes to an account's endpoints, so that a writer notices them in its next transaction.
CREATE TABLE webhook_routes (
    account_id text COLLATE "C" NOT NULL PRIMARY KEY,
    version bigint NOT NULL
);

-- One change on its way to one endpoint. While it is unfinished, due_at_ms says when it may be claimed; whoever claims
-- it moves that on and leaves a token, without which it can not be finished.
CREATE TABLE deliveries (
    account_id text COLLATE "C" NOT NULL,
    endpoint_id text COLLATE "C" NOT NULL,
    lead_id text COLLATE "C" NOT NULL,
    version bigint NOT NULL,
    event text NOT NULL,
    state text NOT NULL,
    attempts bigint NOT NULL,
    cause text NOT NULL,
    created_at_ms bigint NOT NULL,
    due_at_ms bigint NOT NULL,
    token text,
    finished_at_ms bigint,
    PRIMARY KEY (account_id, endpoint_id, lead_id, version)
);
CREATE INDEX deliveries_due ON deliveries (account_id, endpoint_id, due_at_ms) WHERE state = 'pending';
CREATE INDEX deliveries_by_time ON deliveries (account_id, endpoint_id, created_at_ms);

-- What came of each attempt, kept 30 days.
CREATE TABLE attempts (
    account_id text COLLATE "C" NOT NULL,
    endpoint_id text COLLATE "C" NOT NULL,
    lead_id text COLLATE "C" NOT NULL,
    version bigint NOT NULL,
    at_ms bigint NOT NULL,
    n bigint NOT NULL,
    cause text NOT NULL,
    duration_ms bigint NOT NULL,
    status bigint,
    error text,
    address text,
    answer text NOT NULL,
    next_at_ms bigint,
    PRIMARY KEY (account_id, endpoint_id, lead_id, version, at_ms, n)
);
CREATE INDEX attempts_by_time ON attempts (account_id, endpoint_id, at_ms);
