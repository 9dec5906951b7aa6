\set n random(1, :leads)
\set number random(10000000, 99999999)
-- A PATCH as one statement: the lead, and the other rows that leadloop writes for it. `only` marks parts that not every
-- change has. The feed comes last, because every transaction waits for its row.
WITH lead AS MATERIALIZED (
    SELECT account_id, id, lead_date_ms, stage, status, sale_value_micros FROM leads
    WHERE account_id = :account AND id = lpad(to_hex(:n::int), 24, '0')
    FOR UPDATE
),
changed AS (
    UPDATE leads SET
        version = leads.version + 1, updated_at_ms = (extract(epoch FROM clock_timestamp()) * 1000)::bigint,
        stage = CASE WHEN NOT :stage_{n}::boolean THEN lead.stage WHEN lead.stage = 'ACTIVE' THEN 'COMPLETE' ELSE 'ACTIVE' END,
        status = CASE WHEN NOT :status_{n}::boolean THEN lead.status WHEN lead.status = 'qualified' THEN 'contacted' ELSE 'qualified' END,
        sale_value_micros = CASE WHEN :value_{n}::boolean THEN :number::bigint * 1000000 ELSE lead.sale_value_micros END,
        email_key = CASE WHEN :email_{n}::boolean THEN 'lead.' || :number::text || '@example.com' ELSE email_key END,
        phone_key = CASE WHEN :phone_{n}::boolean THEN '55119' || :number::text ELSE phone_key END,
        doc = :doc::jsonb
    FROM lead WHERE leads.account_id = lead.account_id AND leads.id = lead.id
    RETURNING
        leads.account_id, leads.id, leads.version, leads.updated_at_ms, leads.lead_date_ms, leads.stage, leads.status,
        leads.sale_value_micros
),

-- only: message
messages AS (
    INSERT INTO messages (account_id, lead_id, id, created_at_ms, doc)
    SELECT account_id, id, md5(:number::text || version), updated_at_ms, :message_{n}::jsonb FROM changed
    RETURNING 1
),

-- only: facts
facts AS (
    INSERT INTO lead_facts (account_id, lead_id, n, lead_date_ms, amount_micros, value_micros, traits)
    SELECT changed.account_id, changed.id, f.n, changed.lead_date_ms, f.amount_micros, f.value_micros, f.traits
    FROM changed, json_to_recordset(:facts_{n}::json) AS f (
        n bigint, amount_micros bigint, value_micros bigint, traits text
    )
    ON CONFLICT (account_id, lead_id, n) DO UPDATE SET
        lead_date_ms = excluded.lead_date_ms, amount_micros = excluded.amount_micros,
        value_micros = excluded.value_micros, traits = excluded.traits
    RETURNING 1
),

-- only: terms
removed AS (
    DELETE FROM lead_terms
    USING lead, LATERAL (
        VALUES
            ('stage', lower(lead.stage)), ('status', lower(lead.status)),
            ('value', lpad((lead.sale_value_micros + 9223372036854775808)::text, 20, '0'))
    ) AS t (field, value)
    WHERE t.field = ANY(:terms_{n}::text[]) AND lead_terms.account_id = lead.account_id AND lead_terms.field = t.field
        AND lead_terms.value = t.value AND lead_terms.lead_date_ms = lead.lead_date_ms AND lead_terms.lead_id = lead.id
    RETURNING 1
),
terms AS (
    INSERT INTO lead_terms (account_id, field, value, lead_date_ms, lead_id)
    SELECT changed.account_id, t.field, t.value, changed.lead_date_ms, changed.id
    FROM changed, LATERAL (
        VALUES
            ('stage', lower(changed.stage)), ('status', lower(changed.status)),
            ('value', lpad((coalesce(changed.sale_value_micros, :number::bigint) + 9223372036854775808)::text, 20, '0'))
    ) AS t (field, value)
    WHERE t.field = ANY(:terms_{n}::text[])
    ON CONFLICT (account_id, field, value, lead_date_ms, lead_id) DO NOTHING
    RETURNING 1
),

-- only: place
words AS (
    UPDATE lead_words SET value_micros = changed.sale_value_micros
    FROM changed WHERE lead_words.account_id = changed.account_id AND lead_words.lead_id = changed.id
    RETURNING 1
),

-- only: words
words AS (
    UPDATE lead_words SET
        value_micros = changed.sale_value_micros,
        words = replace(:words_{n}, '12345678', :number::text)::tsvector
    FROM changed WHERE lead_words.account_id = changed.account_id AND lead_words.lead_id = changed.id
    RETURNING 1
),

-- always
feed AS (
    UPDATE feeds SET position = position + 1
    WHERE account_id = :account AND (SELECT count(*) FROM changed) = 1 {after}
    RETURNING position
)
INSERT INTO changes (account_id, lead_id, version, position, at_ms, actor, dialect, request_id, fields, stage)
SELECT
    changed.account_id, changed.id, changed.version, feed.position, changed.updated_at_ms, 'key bench', 'expad',
    md5(:number::text), :fields_{n}::json, CASE WHEN :stage_{n}::boolean THEN changed.stage END
FROM changed, feed;
