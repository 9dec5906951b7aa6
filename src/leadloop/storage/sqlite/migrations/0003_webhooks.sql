-- Where changes are told. The document is the endpoint as its owner set it up; its health changes by itself, its
-- secrets are encrypted.
CREATE TABLE webhook_endpoints (
    account_id TEXT NOT NULL,
    id TEXT NOT NULL,
    created_at_ms INTEGER NOT NULL,
    doc TEXT NOT NULL,
    health TEXT NOT NULL,
    secrets TEXT NOT NULL,
    PRIMARY KEY (account_id, id)
) STRICT;

-- Counts the changes to an account's endpoints, so that a writer notices them in its next transaction.
CREATE TABLE webhook_routes (
    account_id TEXT NOT NULL PRIMARY KEY,
    version INTEGER NOT NULL
) STRICT;

-- One change on its way to one endpoint. While it is unfinished, due_at_ms says when it may be claimed; whoever claims
-- it moves that on and leaves a token, without which it can not be finished.
CREATE TABLE deliveries (
    account_id TEXT NOT NULL,
    endpoint_id TEXT NOT NULL,
    lead_id TEXT NOT NULL,
    version INTEGER NOT NULL,
    event TEXT NOT NULL,
    state TEXT NOT NULL,
    attempts INTEGER NOT NULL,
    cause TEXT NOT NULL,
    created_at_ms INTEGER NOT NULL,
    due_at_ms INTEGER NOT NULL,
    token TEXT,
    finished_at_ms INTEGER,
    PRIMARY KEY (account_id, endpoint_id, lead_id, version)
) STRICT;
CREATE INDEX deliveries_due ON deliveries (account_id, endpoint_id, due_at_ms) WHERE state = 'pending';
CREATE INDEX deliveries_by_time ON deliveries (account_id, endpoint_id, created_at_ms);

-- What came of each attempt, kept 30 days.
CREATE TABLE attempts (
    account_id TEXT NOT NULL,
    endpoint_id TEXT NOT NULL,
    lead_id TEXT NOT NULL,
    version INTEGER NOT NULL,
    at_ms INTEGER NOT NULL,
    n INTEGER NOT NULL,
    cause TEXT NOT NULL,
    duration_ms INTEGER NOT NULL,
    status INTEGER,
    error TEXT,
    address TEXT,
    answer TEXT NOT NULL,
    next_at_ms INTEGER,
    PRIMARY KEY (account_id, endpoint_id, lead_id, version, at_ms, n)
) STRICT;
CREATE INDEX attempts_by_time ON attempts (account_id, endpoint_id, at_ms);
