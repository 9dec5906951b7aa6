-- Which event an attempt told: what it was an attempt of may be dropped before it.
ALTER TABLE attempts ADD COLUMN event text NOT NULL DEFAULT '';
ALTER TABLE attempts ADD COLUMN event_id text NOT NULL DEFAULT '';

-- What can be recovered.
CREATE INDEX deliveries_failed ON deliveries (account_id, endpoint_id, created_at_ms) WHERE state = 'failed';

-- Endpoints that were deleted, until all that was on its way to them is dropped.
CREATE TABLE webhook_leftovers (
    account_id text COLLATE "C" NOT NULL,
    endpoint_id text COLLATE "C" NOT NULL,
    deleted_at_ms bigint NOT NULL,
    PRIMARY KEY (account_id, endpoint_id)
);

-- Only for statements that ask for a time after 0. Where nothing is known yet about how the rows are spread, the planner
-- takes account and endpoint for as telling as the primary key, and would read all of an endpoint's rows to find one.
DROP INDEX deliveries_by_time;
CREATE INDEX deliveries_by_time ON deliveries (account_id, endpoint_id, created_at_ms) WHERE created_at_ms > 0;
