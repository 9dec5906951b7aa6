-- name: get_lead
-- One lead's document, as bytes, which the driver does not have to decode, and its matching keys.
SELECT CAST(doc AS BLOB), email_key, phone_key FROM leads WHERE account_id = ?1 AND id = ?2;

-- name: insert_lead
-- Inserts a lead, which must not exist.
INSERT INTO leads (
    account_id, id, version, created_at_ms, updated_at_ms, lead_date_ms, deleted_at_ms, stage, status, source, type,
    owner_id, unit_id, department_id, interest_id, campaign_id, client_id, offer_id, email_key, phone_key, name_key,
    sale_value_micros, external_key, doc
) VALUES (
    ?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16, ?17, ?18, ?19, ?20, ?21, ?22, ?23, CAST(?24 AS TEXT)
);

-- name: update_lead
-- Updates a lead: its version, the time, the document, and the derived columns that the change touches.
UPDATE leads SET version = ?3, updated_at_ms = ?4, doc = CAST(?5 AS TEXT)/*columns*/ WHERE account_id = ?1 AND id = ?2;

-- name: count_same_contact
-- Other leads with this e-mail or phone key, counted up to ?5. A key of NULL equals none.
SELECT count(*) FROM (
    SELECT id FROM (
        SELECT id FROM leads
        WHERE account_id = ?1 AND email_key = ?3 AND id <> ?2 AND deleted_at_ms IS NULL LIMIT ?5
    )
    UNION
    SELECT id FROM (
        SELECT id FROM leads
        WHERE account_id = ?1 AND phone_key = ?4 AND id <> ?2 AND deleted_at_ms IS NULL LIMIT ?5
    )
    LIMIT ?5
);

-- name: get_history
-- A lead's first records after a version.
SELECT lead_id, version, position, at_ms, actor, dialect, request_id, fields FROM changes
WHERE account_id = ?1 AND lead_id = ?2 AND version > ?3 ORDER BY version LIMIT ?4;

-- name: find_by_email_key
-- Whether a lead that is not deleted has this e-mail key.
SELECT id FROM leads WHERE account_id = ?1 AND email_key = ?2 AND deleted_at_ms IS NULL LIMIT 1;

-- name: find_by_phone_key
-- Whether a lead that is not deleted has this phone key.
SELECT id FROM leads WHERE account_id = ?1 AND phone_key = ?2 AND deleted_at_ms IS NULL LIMIT 1;

-- name: find_by_external_key
-- Whether a lead that is not deleted has this external key.
SELECT id FROM leads WHERE account_id = ?1 AND external_key = ?2 AND deleted_at_ms IS NULL LIMIT 1;

-- name: advance_feed
-- Advances the account's feed by ?2 records, which change its number of leads by ?3. Returns its last position.
INSERT INTO feeds (account_id, position, lead_count, counted) VALUES (?1, ?2, ?3, ?2)
ON CONFLICT (account_id) DO UPDATE SET
    position = position + ?2, lead_count = lead_count + ?3, counted = counted + ?2
RETURNING position;

-- name: insert_change
-- Inserts a record of the change log.
INSERT INTO changes (account_id, lead_id, version, position, at_ms, actor, dialect, request_id, fields, stage)
VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10);

-- name: put_message
-- Inserts or replaces a message.
INSERT INTO messages (account_id, lead_id, id, created_at_ms, doc) VALUES (?1, ?2, ?3, ?4, ?5)
ON CONFLICT (account_id, lead_id, id) DO UPDATE SET created_at_ms = excluded.created_at_ms, doc = excluded.doc;

-- name: get_message
-- One message of a lead.
SELECT doc FROM messages WHERE account_id = ?1 AND lead_id = ?2 AND id = ?3;

-- name: newest_other_message
-- The newest message of a lead that is not ?3.
SELECT doc FROM messages WHERE account_id = ?1 AND lead_id = ?2 AND id <> ?3
ORDER BY created_at_ms DESC, id DESC LIMIT 1;

-- name: insert_answer
-- Stores an answer. Fails if its key is taken.
INSERT INTO idempotency (account_id, key, fingerprint, at_ms, lead_id, answer) VALUES (?1, ?2, ?3, ?4, ?5, ?6);
