-- What each lead adds to the Insights: n 0 is the lead itself, the others are the products of a sale. Traits are what it
-- is counted under. In the order in which a month is counted: equal traits lie side by side, and nothing is sorted.
CREATE TABLE lead_facts (
    account_id TEXT NOT NULL,
    month INTEGER NOT NULL,
    traits TEXT NOT NULL,
    lead_date_ms INTEGER NOT NULL,
    lead_id TEXT NOT NULL,
    n INTEGER NOT NULL,
    amount_micros INTEGER,
    value_micros INTEGER,
    PRIMARY KEY (account_id, month, traits, lead_date_ms, lead_id, n)
) STRICT, WITHOUT ROWID;
