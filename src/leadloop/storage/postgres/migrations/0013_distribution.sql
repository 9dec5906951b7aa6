-- A row marks a distributed database: the engine keeps the rows of one account together on one node, so a transaction
-- is of one account. `leadloop migrate --distributed` adds it; every process reads it when it opens the database.
-- global: one row, of the whole instance
CREATE TABLE distribution (
    singleton bigint NOT NULL PRIMARY KEY CHECK (singleton = 1),
    since_ms bigint NOT NULL
);
