\set n random(1, :leads)
\set number random(10000000, 99999999)
-- The lead and its change record, without anything else.
WITH changed AS (
    UPDATE leads SET
        version = version + 1, updated_at_ms = (extract(epoch FROM clock_timestamp()) * 1000)::bigint,
        stage = 'ACTIVE', status = 'qualified', sale_value_micros = :number::bigint * 1000000,
        email_key = CASE WHEN :email_{n}::boolean THEN 'lead.' || :number::text || '@example.com' ELSE email_key END,
        phone_key = CASE WHEN :phone_{n}::boolean THEN '55119' || :number::text ELSE phone_key END,
        doc = :doc::jsonb
    WHERE account_id = :account AND id = lpad(to_hex(:n::int), 24, '0')
    RETURNING account_id, id, version, updated_at_ms
)
INSERT INTO changes (account_id, lead_id, version, position, at_ms, actor, dialect, request_id, fields)
SELECT account_id, id, version, (extract(epoch FROM clock_timestamp()) * 1000000)::bigint, updated_at_ms, 'key bench',
    'expad', md5(:number::text), :fields_{n}::json
FROM changed;
