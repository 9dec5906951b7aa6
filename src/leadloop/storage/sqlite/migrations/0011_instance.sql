-- What makes this database one instance: its id, which is in the secrets file as well, and a check value of its pepper.
-- The server adds the row when it knows the pepper.
-- global: one row, of the whole instance
CREATE TABLE instance (
    singleton INTEGER NOT NULL PRIMARY KEY CHECK (singleton = 1),
    id TEXT NOT NULL,
    pepper_check BLOB NOT NULL,
    format INTEGER NOT NULL,
    created_at_ms INTEGER NOT NULL
) STRICT;
