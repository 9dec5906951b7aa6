-- name: get_lead
-- One lead's document, as bytes: text would be decoded and encoded again on its way.
SELECT convert_to(doc::text, 'UTF8') FROM leads WHERE account_id = $1 AND id = $2;

-- name: load_leads
-- The documents of a batch's leads, NULL for a missing one, each with its position in the parameters; and a row
-- for each of its accounts ($3): the versions of its webhook endpoints and of its catalogue.
-- mixed: a batch of any accounts; one_account.sql has its counterpart
SELECT requested.n, convert_to(leads.doc::text, 'UTF8'), NULL::bigint, NULL::bigint
FROM unnest($1::text[], $2::text[]) WITH ORDINALITY AS requested (account_id, id, n)
LEFT JOIN leads ON leads.account_id = requested.account_id AND leads.id = requested.id
UNION ALL
SELECT requested.n, NULL, coalesce(routes.version, 0), coalesce(catalogues.version, 0)
FROM unnest($3::text[]) WITH ORDINALITY AS requested (account_id, n)
LEFT JOIN webhook_routes AS routes ON routes.account_id = requested.account_id
LEFT JOIN catalogue_versions AS catalogues ON catalogues.account_id = requested.account_id;

-- name: count_same_contact
-- Other leads with each e-mail or phone key, counted up to $5, in the order of the parameters. A NULL equals none.
-- mixed: a batch of any accounts; one_account.sql has its counterpart
SELECT (
    SELECT count(*) FROM (
        (
            SELECT id FROM leads
            WHERE account_id = requested.account_id AND email_key = requested.email_key AND id <> requested.id
                AND deleted_at_ms IS NULL
            LIMIT $5
        )
        UNION
        (
            SELECT id FROM leads
            WHERE account_id = requested.account_id AND phone_key = requested.phone_key AND id <> requested.id
                AND deleted_at_ms IS NULL
            LIMIT $5
        )
        LIMIT $5
    ) AS matches
)
FROM unnest($1::text[], $2::text[], $3::text[], $4::text[])
    WITH ORDINALITY AS requested (account_id, id, email_key, phone_key, n)
ORDER BY requested.n;

-- name: load_conversations
-- Each message, and the newest other one of its lead, in the order of the parameters.
-- mixed: a batch of any accounts; one_account.sql has its counterpart
SELECT
    (
        SELECT doc FROM messages
        WHERE account_id = requested.account_id AND lead_id = requested.lead_id AND id = requested.id
    ),
    (
        SELECT doc FROM messages
        WHERE account_id = requested.account_id AND lead_id = requested.lead_id AND id <> requested.id
        ORDER BY created_at_ms DESC, id DESC LIMIT 1
    )
FROM unnest($1::text[], $2::text[], $3::text[]) WITH ORDINALITY AS requested (account_id, lead_id, id, n)
ORDER BY requested.n;

-- name: load_histories
-- The records of each lead after a version, up to $4 of them, each with its position in the parameters.
-- mixed: a batch of any accounts; one_account.sql has its counterpart
SELECT
    requested.n, changes.lead_id, changes.version, changes.position, changes.at_ms, changes.actor, changes.dialect,
    changes.request_id, changes.fields
FROM unnest($1::text[], $2::text[], $3::bigint[]) WITH ORDINALITY AS requested (account_id, lead_id, version, n)
JOIN changes ON changes.account_id = requested.account_id AND changes.lead_id = requested.lead_id
    AND changes.version > requested.version AND changes.version <= requested.version + $4
ORDER BY requested.n, changes.version;

-- name: load_answers
-- The answers stored under these keys, each with its position in the parameters.
-- mixed: a batch of any accounts; one_account.sql has its counterpart
SELECT requested.n, idempotency.fingerprint, idempotency.at_ms, idempotency.lead_id, idempotency.answer
FROM unnest($1::text[], $2::text[]) WITH ORDINALITY AS requested (account_id, key, n)
JOIN idempotency ON idempotency.account_id = requested.account_id AND idempotency.key = requested.key;

-- name: load_claims
-- The version of each claim (0: not made yet), and whether a matching lead exists, in the order of the parameters.
-- mixed: a batch of any accounts; one_account.sql has its counterpart
SELECT
    coalesce((SELECT version FROM claims WHERE account_id = requested.account_id AND key = requested.key), 0),
    EXISTS (
        SELECT FROM leads
        WHERE account_id = requested.account_id AND email_key = requested.email_key AND deleted_at_ms IS NULL
    ) OR EXISTS (
        SELECT FROM leads
        WHERE account_id = requested.account_id AND phone_key = requested.phone_key AND deleted_at_ms IS NULL
    ) OR EXISTS (
        SELECT FROM leads
        WHERE account_id = requested.account_id AND external_key = requested.external_key AND deleted_at_ms IS NULL
    )
FROM unnest($1::text[], $2::text[], $3::text[], $4::text[], $5::text[])
    WITH ORDINALITY AS requested (account_id, key, email_key, phone_key, external_key, n)
ORDER BY requested.n;

-- name: find_changes
-- Which of these records exist, by their position in the parameters. Run after a connection was lost.
-- mixed: a batch of any accounts; one_account.sql has its counterpart
SELECT requested.n
FROM unnest($1::text[], $2::text[], $3::bigint[], $4::text[])
    WITH ORDINALITY AS requested (account_id, lead_id, version, request_id, n)
JOIN changes ON changes.account_id = requested.account_id AND changes.lead_id = requested.lead_id
    AND changes.version = requested.version AND changes.request_id = requested.request_id;

-- name: save_batch
-- Saves a batch in one statement, and so in one transaction. $1: the changed leads, in the order of their keys, with
-- the version at which each was read (0: it did not exist); $2: their documents. $3: the records, in the order in which
-- the units ran, and $4: the messages, each with the number of its lead; $5: the answers to store, with the number of
-- the lead that they depend on; $6: the deliveries to queue, due at $7 while an earlier one is unfinished; $8: the
-- changed facts of the Insights; $9, $10 and $11: the changed terms, entries and edits of the search index. Skips the
-- rows of leads that another process has changed since, or whose uniqueness claim another process has made. An answer
-- whose key is taken fails the whole statement. Returns the numbers of the saved leads, and once more, marked, of those
-- whose search entries were edited.
-- mixed: a batch of any accounts; one_account.sql has update_leads, insert_leads, insert_changes
WITH unit AS MATERIALIZED (
    SELECT u.*, convert_from(($2::bytea[])[u.n], 'UTF8')::jsonb AS doc
    FROM json_to_recordset($1::json) AS u (
        n integer, account_id text, id text, read_version integer, version integer, created_at_ms bigint,
        updated_at_ms bigint, lead_date_ms bigint, deleted_at_ms bigint, stage text, status text, source text,
        type text, owner_id text, unit_id text, department_id text, interest_id text, campaign_id text,
        client_id text, offer_id text, email_key text, phone_key text, name_key text, sale_value_micros bigint,
        external_key text, claim text, claim_version bigint
    )
),
claimed AS (
    INSERT INTO claims (account_id, key, version)
    SELECT account_id, claim, claim_version + 1 FROM unit WHERE claim IS NOT NULL ORDER BY account_id, claim
    ON CONFLICT (account_id, key) DO UPDATE SET version = excluded.version
        WHERE claims.version = excluded.version - 1
    RETURNING account_id, key
),
updated AS (
    UPDATE leads SET
        version = u.version, created_at_ms = u.created_at_ms, updated_at_ms = u.updated_at_ms,
        lead_date_ms = u.lead_date_ms, deleted_at_ms = u.deleted_at_ms, stage = u.stage, status = u.status,
        source = u.source, type = u.type, owner_id = u.owner_id, unit_id = u.unit_id,
        department_id = u.department_id, interest_id = u.interest_id, campaign_id = u.campaign_id,
        client_id = u.client_id, offer_id = u.offer_id, email_key = u.email_key, phone_key = u.phone_key,
        name_key = u.name_key, sale_value_micros = u.sale_value_micros, external_key = u.external_key, doc = u.doc
    FROM unit AS u
    WHERE leads.account_id = u.account_id AND leads.id = u.id AND leads.version = u.read_version
    RETURNING u.n, u.account_id, u.id
),
inserted AS (
    INSERT INTO leads (
        account_id, id, version, created_at_ms, updated_at_ms, lead_date_ms, deleted_at_ms, stage, status, source,
        type, owner_id, unit_id, department_id, interest_id, campaign_id, client_id, offer_id, email_key, phone_key,
        name_key, sale_value_micros, external_key, doc
    )
    SELECT
        account_id, id, version, created_at_ms, updated_at_ms, lead_date_ms, deleted_at_ms, stage, status, source,
        type, owner_id, unit_id, department_id, interest_id, campaign_id, client_id, offer_id, email_key, phone_key,
        name_key, sale_value_micros, external_key, doc
    FROM unit
    WHERE read_version = 0
        AND (claim IS NULL OR (account_id, claim) IN (SELECT claimed.account_id, claimed.key FROM claimed))
    ON CONFLICT (account_id, id) DO NOTHING
    RETURNING account_id, id
),
won AS (
    SELECT n, account_id, id FROM updated
    UNION ALL
    SELECT unit.n, unit.account_id, unit.id
    FROM inserted JOIN unit ON unit.account_id = inserted.account_id AND unit.id = inserted.id
),
record AS (
    SELECT
        won.account_id, won.id AS lead_id, r.version, r.at_ms, r.actor, r.dialect, r.request_id, r.fields,
        r.stage, r.leads, row_number() OVER (PARTITION BY won.account_id ORDER BY r.place) AS place,
        count(*) OVER (PARTITION BY won.account_id) AS records
    FROM json_to_recordset($3::json) AS r (
        n integer, place bigint, version integer, at_ms bigint, actor text, dialect text, request_id text, fields json,
        stage text, leads integer
    )
    JOIN won ON won.n = r.n
),
feed AS (
    INSERT INTO feeds (account_id, position, lead_count, counted)
    SELECT account_id, count(*), coalesce(sum(leads), 0), count(*) FROM record GROUP BY account_id ORDER BY account_id
    ON CONFLICT (account_id) DO UPDATE SET
        position = feeds.position + excluded.position, lead_count = feeds.lead_count + excluded.lead_count,
        counted = feeds.counted + excluded.counted
    RETURNING account_id, position
),
filed AS (
    INSERT INTO changes (account_id, lead_id, version, position, at_ms, actor, dialect, request_id, fields, stage)
    SELECT
        record.account_id, record.lead_id, record.version, feed.position - record.records + record.place,
        record.at_ms, record.actor, record.dialect, record.request_id, record.fields, record.stage
    FROM record JOIN feed ON feed.account_id = record.account_id
),
said AS (
    INSERT INTO messages (account_id, lead_id, id, created_at_ms, doc)
    SELECT won.account_id, won.id, m.id, m.created_at_ms, m.doc
    FROM json_to_recordset($4::json) AS m (n integer, id text, created_at_ms bigint, doc jsonb)
    JOIN won ON won.n = m.n
    ON CONFLICT (account_id, lead_id, id) DO UPDATE SET created_at_ms = excluded.created_at_ms, doc = excluded.doc
),
counted AS (
    INSERT INTO lead_facts (account_id, lead_id, n, lead_date_ms, amount_micros, value_micros, traits)
    SELECT won.account_id, won.id, f.fact, f.lead_date_ms, f.amount_micros, f.value_micros, f.traits
    FROM json_to_recordset($8::json) AS f (
        n integer, fact bigint, lead_date_ms bigint, amount_micros bigint, value_micros bigint, traits text
    )
    JOIN won ON won.n = f.n
    ON CONFLICT (account_id, lead_id, n) DO UPDATE SET
        lead_date_ms = excluded.lead_date_ms, amount_micros = excluded.amount_micros,
        value_micros = excluded.value_micros, traits = excluded.traits
),
unposted AS (
    DELETE FROM lead_terms
    USING json_to_recordset($9::json) AS m (n integer, field text, value text, lead_date_ms bigint, is_new boolean), won
    WHERE NOT m.is_new AND won.n = m.n AND lead_terms.account_id = won.account_id AND lead_terms.field = m.field
        AND lead_terms.value = m.value AND lead_terms.lead_date_ms = m.lead_date_ms AND lead_terms.lead_id = won.id
),
posted AS (
    INSERT INTO lead_terms (account_id, field, value, lead_date_ms, lead_id)
    SELECT won.account_id, m.field, m.value, m.lead_date_ms, won.id
    FROM json_to_recordset($9::json) AS m (n integer, field text, value text, lead_date_ms bigint, is_new boolean)
    JOIN won ON won.n = m.n
    WHERE m.is_new
    ON CONFLICT (account_id, field, value, lead_date_ms, lead_id) DO NOTHING
),
unworded AS (
    DELETE FROM lead_words
    USING json_to_recordset($10::json) AS e (n integer, words text), won
    WHERE e.words IS NULL AND won.n = e.n AND lead_words.account_id = won.account_id AND lead_words.lead_id = won.id
),
worded AS (
    INSERT INTO lead_words (account_id, lead_id, lead_date_ms, value_micros, words)
    SELECT won.account_id, won.id, e.lead_date_ms, e.value_micros, e.words
    FROM json_to_recordset($10::json) AS e (n integer, lead_date_ms bigint, value_micros bigint, words tsvector)
    JOIN won ON won.n = e.n
    WHERE e.words IS NOT NULL
    ON CONFLICT (account_id, lead_id) DO UPDATE SET
        lead_date_ms = excluded.lead_date_ms, value_micros = excluded.value_micros, words = excluded.words
),
reworded AS (
    UPDATE lead_words SET
        lead_date_ms = e.lead_date_ms, value_micros = e.value_micros,
        words = CASE
            WHEN e.gone IS NULL THEN words
            WHEN e.phone IS NULL THEN ts_delete(words, e.gone) || e.new
            ELSE ts_delete(words, e.gone || ARRAY(SELECT lexeme FROM unnest(words) WHERE starts_with(lexeme, e.phone))) || e.new
        END
    FROM json_to_recordset($11::json) AS e (
        n integer, lead_date_ms bigint, value_micros bigint, gone text[], new tsvector, phone text
    )
    JOIN won ON won.n = e.n
    WHERE lead_words.account_id = won.account_id AND lead_words.lead_id = won.id
    RETURNING e.n
),
kept AS (
    INSERT INTO idempotency (account_id, key, fingerprint, at_ms, lead_id, answer)
    SELECT k.account_id, k.key, k.fingerprint, k.at_ms, k.lead_id, k.answer
    FROM json_to_recordset($5::json) AS k (
        n integer, account_id text, key text, fingerprint text, at_ms bigint, lead_id text, answer text
    )
    WHERE k.n IS NULL OR k.n IN (SELECT won.n FROM won)
),
before AS MATERIALIZED (
    SELECT d.n, d.endpoint_id, d.version, b.state
    FROM json_to_recordset($6::json) AS d (n integer, endpoint_id text, version bigint, in_turn boolean, waits boolean)
    JOIN won ON won.n = d.n AND d.in_turn AND NOT d.waits
    CROSS JOIN LATERAL (
        SELECT b.state FROM deliveries AS b
        WHERE b.account_id = won.account_id AND b.endpoint_id = d.endpoint_id AND b.lead_id = won.id
            AND b.version < d.version
        ORDER BY b.version DESC LIMIT 1
        FOR SHARE OF b
    ) AS b
),
told AS (
    INSERT INTO deliveries (
        account_id, endpoint_id, lead_id, version, event, state, attempts, cause, created_at_ms, due_at_ms
    )
    SELECT
        won.account_id, d.endpoint_id, won.id, d.version, d.event, 'pending', 0, 'change', d.at_ms,
        CASE WHEN d.waits OR before.state = 'pending' THEN $7 ELSE d.due_at_ms END
    FROM json_to_recordset($6::json) AS d (
        n integer, endpoint_id text, version bigint, event text, at_ms bigint, due_at_ms bigint, waits boolean
    )
    JOIN won ON won.n = d.n
    LEFT JOIN before ON before.n = d.n AND before.endpoint_id = d.endpoint_id AND before.version = d.version
    ON CONFLICT (account_id, endpoint_id, lead_id, version) DO NOTHING
)
SELECT n, false FROM won UNION ALL SELECT n, true FROM reworded;
