-- Whose leads may only be changed by who says which version was read.
ALTER TABLE accounts ADD COLUMN asks_version boolean NOT NULL DEFAULT false;

-- The id that another system gave the lead, up to 256 characters, to be found by.
ALTER TABLE leads ADD COLUMN external_key text COLLATE "C";
-- global: fills the new column of all accounts
UPDATE leads SET external_key = doc ->> 'client_lead_id' WHERE length(doc ->> 'client_lead_id') BETWEEN 1 AND 256;
CREATE INDEX leads_by_external_key ON leads (account_id, external_key) WHERE external_key IS NOT NULL;

-- The answers to requests with an idempotency key, some days long.
CREATE TABLE idempotency (
    account_id text COLLATE "C" NOT NULL,
    key text COLLATE "C" NOT NULL,
    fingerprint text NOT NULL,
    at_ms bigint NOT NULL,
    lead_id text COLLATE "C" NOT NULL,
    answer text NOT NULL,
    PRIMARY KEY (account_id, key)
);
CREATE INDEX idempotency_by_time ON idempotency (at_ms);

-- Who creates a lead because there is none of its kind moves the version on, and so finds out that another was faster.
CREATE TABLE claims (
    account_id text COLLATE "C" NOT NULL,
    key text COLLATE "C" NOT NULL,
    version bigint NOT NULL,
    PRIMARY KEY (account_id, key)
);
