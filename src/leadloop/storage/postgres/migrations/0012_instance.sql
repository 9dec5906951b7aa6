-- What makes this database one instance: its id, which is in the secrets file as well, and a check value of its pepper.
-- The server adds the row when it knows the pepper.
-- global: one row, of the whole instance
CREATE TABLE instance (
    singleton bigint NOT NULL PRIMARY KEY CHECK (singleton = 1),
    id text COLLATE "C" NOT NULL,
    pepper_check bytea NOT NULL,
    format bigint NOT NULL,
    created_at_ms bigint NOT NULL
);
