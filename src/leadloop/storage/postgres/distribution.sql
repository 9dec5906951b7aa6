-- name: insert_mark
-- Marks the database as distributed.
-- global: one row, of the whole instance
INSERT INTO distribution (singleton, since_ms) VALUES (1, $1) ON CONFLICT (singleton) DO NOTHING;

-- name: lock_mark
-- Locks the mark: a second process that distributes waits here.
LOCK TABLE distribution IN SHARE ROW EXCLUSIVE MODE;

-- name: has_citus
-- Whether the database has the extension that distributes tables.
-- global: about the server
SELECT EXISTS (SELECT FROM pg_extension WHERE extname = 'citus');

-- name: begin_sequential
-- A transaction may distribute several tables only if it changes their shards one after the other.
SET LOCAL citus.multi_shard_modify_mode TO 'sequential';

-- name: list_local_tables
-- Which of these tables ($1) are not distributed yet, each with the column to distribute it by: NULL for a table that
-- every node holds a copy of. Copies come first, then the accounts, which the others are placed with.
-- global: about the tables themselves
SELECT t.name, a.attname::text
FROM unnest($1::text[]) AS t (name)
JOIN pg_class AS c ON c.oid = to_regclass(t.name)
LEFT JOIN pg_attribute AS a ON a.attrelid = c.oid AND a.attname = CASE t.name WHEN 'accounts' THEN 'id' ELSE 'account_id' END
WHERE NOT EXISTS (SELECT FROM pg_dist_partition AS d WHERE d.logicalrelid = c.oid)
ORDER BY a.attname IS NOT NULL, t.name <> 'accounts', t.name;

-- name: distribute_table
-- Distributes a table ($1) by the hash of a column ($2), co-located with table $3.
-- global: about the tables themselves
SELECT create_distributed_table($1::text::regclass, $2::text, colocate_with => $3::text);

-- name: replicate_table
-- Replicates a table to every node.
-- global: about the tables themselves
SELECT create_reference_table($1::text::regclass);
