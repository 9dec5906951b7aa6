-- The stage that a change set, and an index over the few that did, from which alone a lead's stages are read.
ALTER TABLE changes ADD COLUMN stage TEXT;
-- global: fills the new column of all accounts
UPDATE changes SET stage = (
    SELECT value ->> '$.after' FROM json_each(changes.fields) WHERE value ->> '$.field' = '/stage'
) WHERE instr(fields, '"/stage"') > 0;
CREATE INDEX changes_by_stage ON changes (account_id, lead_id, version, at_ms, stage) WHERE stage IS NOT NULL;
