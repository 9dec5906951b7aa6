-- name: insert_fact
-- Inserts a fact of a lead.
INSERT INTO lead_facts (account_id, lead_id, n, lead_date_ms, amount_micros, value_micros, traits, month)
VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8);

-- name: delete_fact
-- Deletes a fact of a lead.
DELETE FROM lead_facts
WHERE account_id = ?1 AND month = ?2 AND traits = ?3 AND lead_date_ms = ?4 AND lead_id = ?5 AND n = ?6;

-- name: has_fact
-- Whether exactly this fact is stored. Takes the parameters of insert_fact.
SELECT 1 FROM lead_facts
WHERE account_id = ?1 AND month = ?8 AND traits = ?7 AND lead_date_ms = ?4 AND lead_id = ?2 AND n = ?3
    AND amount_micros IS ?5 AND value_micros IS ?6;

-- name: tallies
-- The sums of the facts of the months from ?4 to ?5 between the times ?2 and ?3. Fails if a sum exceeds 63 bits.
SELECT traits, count(*), sum(amount_micros), sum(value_micros), max(lead_id)
FROM lead_facts
WHERE account_id = ?1 AND month BETWEEN ?4 AND ?5 AND lead_date_ms >= ?2 AND lead_date_ms < ?3
GROUP BY month, traits;

-- name: large_tallies
-- The same with separate sums of the upper and lower halves of each number: a fifth slower.
SELECT
    traits, count(*), sum(amount_micros >> 32), sum(amount_micros & 0xffffffff), sum(value_micros >> 32),
    sum(value_micros & 0xffffffff), max(lead_id)
FROM lead_facts
WHERE account_id = ?1 AND month BETWEEN ?4 AND ?5 AND lead_date_ms >= ?2 AND lead_date_ms < ?3
GROUP BY month, traits;

-- name: owners
-- The users of leads that have one; the leads' ids are a JSON array.
SELECT id, doc -> '$.owner' FROM leads
WHERE account_id = ?1 AND id IN (SELECT value FROM json_each(?2)) AND json_type(doc, '$.owner') = 'object';

-- name: miscounted
-- How many more leads the facts count than exist.
SELECT
    (SELECT count(*) FROM lead_facts WHERE account_id = ?1 AND n = 0)
    - (SELECT count(*) FROM leads WHERE account_id = ?1 AND deleted_at_ms IS NULL);

-- name: leads_of_other_stages
-- The documents of leads whose stage is not spelled as one of the four.
-- global: a migration goes over all accounts
SELECT doc FROM leads WHERE stage NOT IN ('NEW', 'ACTIVE', 'COMPLETE', 'LOST');

-- name: set_stage
-- Sets the key of a lead's stage.
UPDATE leads SET stage = ?3 WHERE account_id = ?1 AND id = ?2;

-- name: stage_moves
-- The versions of a lead in a range that set its stage, in order.
SELECT version, at_ms, stage FROM changes
WHERE account_id = ?1 AND lead_id = ?2 AND version > ?3 AND version <= ?4 AND stage IS NOT NULL
ORDER BY version;
