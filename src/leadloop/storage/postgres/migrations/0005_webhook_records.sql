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
