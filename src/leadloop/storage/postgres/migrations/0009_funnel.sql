-- The stage that a change set, and an index over the few that did, from which alone a lead's stages are read.
ALTER TABLE changes ADD COLUMN stage text;
-- global: fills the new column of all accounts
UPDATE changes SET stage = (
    SELECT f.value ->> 'after' FROM json_array_elements(fields) AS f WHERE f.value ->> 'field' = '/stage'
) WHERE fields::text LIKE '%"/stage"%';
CREATE INDEX changes_by_stage ON changes (account_id, lead_id, version) INCLUDE (at_ms, stage) WHERE stage IS NOT NULL;
