-- The region in which phones are read that name none. Keys of the leads that are there are of format 1: they are renewed
-- while the server runs, lead after lead up to this one.
ALTER TABLE accounts ADD COLUMN country text COLLATE "C";
ALTER TABLE accounts ADD COLUMN keys_format integer NOT NULL DEFAULT 1;
ALTER TABLE accounts ADD COLUMN keys_renewed_to text COLLATE "C" NOT NULL DEFAULT '';
