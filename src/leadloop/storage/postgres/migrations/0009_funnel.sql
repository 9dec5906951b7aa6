-- The stage that a change set, if it did. No index: a lead's stages are read by the key of its changes, so that a
-- change of the stage costs no more than any other.
ALTER TABLE changes ADD COLUMN stage text;
-- global: fills the new column of all accounts
UPDATE changes SET stage = (
    SELECT f.value ->> 'after' FROM json_array_elements(fields) AS f WHERE f.value ->> 'field' = '/stage'
) WHERE fields::text LIKE '%"/stage"%';
