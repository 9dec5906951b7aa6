-- Leads in the full text: its rows are known by number, which a VACUUM does not change here. Deleted leads have none.
-- The words are all that the full text has of the lead, for looking whether a lead at hand has what is searched.
-- global: the numbers are the full text's, and of this file
CREATE TABLE lead_places (
    n INTEGER NOT NULL PRIMARY KEY,
    account_id TEXT NOT NULL,
    lead_id TEXT NOT NULL,
    lead_date_ms INTEGER NOT NULL,
    value_micros INTEGER,
    words TEXT NOT NULL,
    UNIQUE (account_id, lead_id)
) STRICT;

-- Tokens are made by the application: of name and e-mail in their order, `other` is the phone, exact fields and what
-- there is. The tokenizer parts them at spaces and leaves them as they are. What is in here is known from the words of
-- lead_places alone, and can so be changed token by token: that is several times as fast as a row at a time.
CREATE VIRTUAL TABLE lead_words USING fts5 (
    name, email, other, content = '', columnsize = 0, tokenize = "ascii tokenchars '_'"
);

-- The fields that change often, in the order of the lists; the value as a text that sorts as it does.
CREATE TABLE lead_terms (
    account_id TEXT NOT NULL,
    field TEXT NOT NULL,
    value TEXT NOT NULL,
    lead_date_ms INTEGER NOT NULL,
    lead_id TEXT NOT NULL,
    PRIMARY KEY (account_id, field, value, lead_date_ms, lead_id)
) STRICT, WITHOUT ROWID;
