\set n random(1, :leads)
\set sale random(100, 100000000)
\set stage random(1, 4)
WITH changed AS (
    UPDATE leads SET
        version = version + 1, updated_at_ms = (extract(epoch FROM clock_timestamp()) * 1000)::bigint,
        stage = (ARRAY['NEW', 'ACTIVE', 'COMPLETE', 'LOST'])[:stage::int], status = 'qualified',
        /* column */, sale_value_micros = :sale::bigint * 10000, doc = :doc::jsonb
    WHERE account_id = :account AND id = lpad(to_hex(:n::int), 24, '0')
    RETURNING account_id, id, version, updated_at_ms
)
INSERT INTO changes (account_id, lead_id, version, position, at_ms, actor, dialect, request_id, fields)
SELECT account_id, id, version, (extract(epoch FROM clock_timestamp()) * 1000000)::bigint, updated_at_ms, 'key bench',
    'expad', md5(:sale::text), :fields::json
FROM changed;
