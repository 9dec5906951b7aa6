-- Whose leads may only be changed by who says which version was read.
ALTER TABLE accounts ADD COLUMN asks_version INTEGER NOT NULL DEFAULT 0;

-- The id that another system gave the lead, up to 256 characters, to be found by.
ALTER TABLE leads ADD COLUMN external_key TEXT;
-- global: fills the new column of all accounts
UPDATE leads SET external_key = doc ->> '$.client_lead_id' WHERE length(doc ->> '$.client_lead_id') BETWEEN 1 AND 256;
CREATE INDEX leads_by_external_key ON leads (account_id, external_key) WHERE external_key IS NOT NULL;

-- The answers to requests with an idempotency key, some days long.
CREATE TABLE idempotency (
    account_id TEXT NOT NULL,
    key TEXT NOT NULL,
    fingerprint TEXT NOT NULL,
    at_ms INTEGER NOT NULL,
    lead_id TEXT NOT NULL,
    answer TEXT NOT NULL,
    PRIMARY KEY (account_id, key)
) STRICT;
CREATE INDEX idempotency_by_time ON idempotency (at_ms);
