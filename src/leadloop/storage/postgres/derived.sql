-- name: hold_leads
-- Others may read leads, and write them when the transaction has ended.
LOCK TABLE leads IN SHARE MODE;

-- name: empty_facts
-- All of it goes.
-- global: it is made anew for all accounts
DELETE FROM lead_facts;

-- name: empty_terms
-- All of it goes.
-- global: it is made anew for all accounts
DELETE FROM lead_terms;

-- name: empty_words
-- All of it goes.
-- global: it is made anew for all accounts
DELETE FROM lead_words;
