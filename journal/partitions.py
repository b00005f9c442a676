"""SQL that turns a journal table into one partitioned by month. Only journal tables are (architecture §2)."""

ENSURE = """
CREATE FUNCTION journal_ensure_partitions(first date, months integer) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
    head text; start date; name text;
BEGIN
    FOREACH head IN ARRAY ARRAY['journal_auditevent', 'journal_change'] LOOP
        FOR step IN 0 .. months - 1 LOOP
            start := date_trunc('month', first)::date + make_interval(months => step);
            name := head || to_char(start, '_YYYY_MM');
            IF to_regclass(name) IS NULL THEN
                EXECUTE format(
                    'CREATE TABLE %I PARTITION OF %I FOR VALUES FROM (%L) TO (%L)', name, head,
                    start::timestamp AT TIME ZONE 'Asia/Shanghai',
                    (start + interval '1 month') AT TIME ZONE 'Asia/Shanghai');
            END IF;
        END LOOP;
    END LOOP;
END $$;
"""

DROP_ENSURE = "DROP FUNCTION journal_ensure_partitions(date, integer)"


def partition(table: str, key: str) -> str:
    """Recreate the (empty) table partitioned by `at`, with a default partition for what no month covers."""
    return f"""
        ALTER TABLE {table} RENAME TO {table}_plain;
        CREATE TABLE {table} (LIKE {table}_plain INCLUDING DEFAULTS INCLUDING IDENTITY, PRIMARY KEY ({key}, at))
            PARTITION BY RANGE (at);
        DROP TABLE {table}_plain;
        CREATE TABLE {table}_default PARTITION OF {table} DEFAULT;
    """
