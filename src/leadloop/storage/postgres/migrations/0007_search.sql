-- Leads in the full text; deleted ones are not there. Tokens are made by the application: the name's have positions and
-- the weight A, the e-mail's the weight B, those of the phone, of exact fields and of what there is have none.
-- Date and value have no index, so that they change in place.
CREATE TABLE lead_words (
    account_id text COLLATE "C" NOT NULL,
    lead_id text COLLATE "C" NOT NULL,
    lead_date_ms bigint NOT NULL,
    value_micros bigint,
    words tsvector NOT NULL,
    PRIMARY KEY (account_id, lead_id)
) WITH (fillfactor = 80);
CREATE INDEX lead_words_by_word ON lead_words USING gin (words);

-- The fields that change often, in the order of the lists; the value as a text that sorts as it does.
CREATE TABLE lead_terms (
    account_id text COLLATE "C" NOT NULL,
    field text COLLATE "C" NOT NULL,
    value text COLLATE "C" NOT NULL,
    lead_date_ms bigint NOT NULL,
    lead_id text COLLATE "C" NOT NULL,
    PRIMARY KEY (account_id, field, value, lead_date_ms, lead_id)
);
