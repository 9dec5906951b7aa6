-- What each lead adds to the Insights: n 0 is the lead itself, the others are the products of a sale. Traits are what it
-- is counted under. Without a date it counts no more. No index on what changes often: most updates stay on their page.
CREATE TABLE lead_facts (
    account_id text COLLATE "C" NOT NULL,
    lead_id text COLLATE "C" NOT NULL,
    n bigint NOT NULL,
    lead_date_ms bigint,
    amount_micros bigint,
    value_micros bigint,
    traits text COLLATE "C" NOT NULL,
    PRIMARY KEY (account_id, lead_id, n)
) WITH (fillfactor = 90);
CREATE INDEX lead_facts_by_date ON lead_facts (account_id, lead_date_ms);
