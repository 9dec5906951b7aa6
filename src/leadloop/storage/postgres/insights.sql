-- name: tallies
-- The sums of the facts between the times $2 and $3.
SELECT traits, count(*), sum(amount_micros), sum(value_micros), max(lead_id)
FROM lead_facts
WHERE account_id = $1 AND lead_date_ms >= $2 AND lead_date_ms < $3
GROUP BY traits;

-- name: owners
-- The users of leads that have one.
SELECT id, (doc -> 'owner')::text FROM leads
WHERE account_id = $1 AND id = ANY ($2::text[]) AND jsonb_typeof(doc -> 'owner') = 'object';

-- name: facts
-- The facts of a lead.
SELECT account_id, lead_id, n, lead_date_ms, amount_micros, value_micros, traits
FROM lead_facts
WHERE account_id = $1 AND lead_id = $2 AND lead_date_ms IS NOT NULL
ORDER BY n;

-- name: miscounted
-- How many more leads the facts count than exist.
SELECT
    (SELECT count(*) FROM lead_facts WHERE account_id = $1 AND n = 0 AND lead_date_ms IS NOT NULL)
    - (SELECT count(*) FROM leads WHERE account_id = $1 AND deleted_at_ms IS NULL);

-- name: leads_of_other_stages
-- The documents of leads whose stage is not spelled as one of the four.
-- global: a migration goes over all accounts
SELECT convert_to(doc::text, 'UTF8') FROM leads WHERE stage NOT IN ('NEW', 'ACTIVE', 'COMPLETE', 'LOST');

-- name: set_stage
-- Sets the key of a lead's stage.
UPDATE leads SET stage = $3 WHERE account_id = $1 AND id = $2;

-- name: delete_facts
-- Deletes all facts of a lead.
DELETE FROM lead_facts WHERE account_id = $1 AND lead_id = $2;

-- name: stage_moves
-- The versions of a lead in a range that set its stage, in order.
SELECT version, at_ms, stage FROM changes
WHERE account_id = $1 AND lead_id = $2 AND version > $3 AND version <= $4 AND stage IS NOT NULL
ORDER BY version;
