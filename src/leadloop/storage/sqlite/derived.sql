-- name: empty_facts
-- All of it goes.
-- global: it is made anew for all accounts
DELETE FROM lead_facts;

-- name: empty_terms
-- All of it goes.
-- global: it is made anew for all accounts
DELETE FROM lead_terms;

-- name: empty_places
-- All of it goes.
-- global: it is made anew for all accounts
DELETE FROM lead_places;

-- name: empty_words
-- All of it goes, in the way of a table without content.
-- global: it is made anew for all accounts
INSERT INTO lead_words (lead_words) VALUES ('delete-all');
