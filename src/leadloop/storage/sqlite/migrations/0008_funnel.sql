-- The stage that a change set, if it did. No index: a lead's stages are read by the key of its changes, so that a
-- change of the stage costs no more than any other.
ALTER TABLE changes ADD COLUMN stage TEXT;
-- global: fills the new column of all accounts
UPDATE changes SET stage = (
    SELECT value ->> '$.after' FROM json_each(changes.fields) WHERE value ->> '$.field' = '/stage'
) WHERE instr(fields, '"/stage"') > 0;
