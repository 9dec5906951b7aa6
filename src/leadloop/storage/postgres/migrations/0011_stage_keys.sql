-- What a lead adds to the Insights is made again as well, where two spellings of its stage are one.
COMMENT ON COLUMN leads.stage IS 'what two spellings of the stage have in common';
