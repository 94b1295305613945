"""A PostgreSQL database lent to one test after another: each finds it as the template was made.

To copy a template costs a fifth of a second of a processor, to put the rows back a hundredth of that. What a
test cannot take back by itself (a changed schema) is noticed, and then the database is made anew.
"""

from typing import Any

import psycopg

SCHEMA = """
SELECT count(*), md5(string_agg(object || ':' || xmin, ',' ORDER BY object))
FROM (
    SELECT 'class' || oid AS object, xmin FROM pg_class WHERE relnamespace = 'public'::regnamespace
    UNION ALL SELECT 'column' || attrelid || '.' || attnum, pg_attribute.xmin FROM pg_attribute
        JOIN pg_class ON pg_class.oid = attrelid AND relnamespace = 'public'::regnamespace
    UNION ALL SELECT 'default' || oid, xmin FROM pg_attrdef
    UNION ALL SELECT 'constraint' || oid, xmin FROM pg_constraint
    UNION ALL SELECT 'trigger' || oid, xmin FROM pg_trigger
    UNION ALL SELECT 'routine' || oid, xmin FROM pg_proc WHERE pronamespace = 'public'::regnamespace
    UNION ALL SELECT 'schema' || oid, xmin FROM pg_namespace WHERE nspname !~ '^pg_'
    UNION ALL SELECT 'setting' || setdatabase || '.' || setrole, xmin FROM pg_db_role_setting
) AS objects
"""
"""What the schema is made of, and which transaction last touched each part."""
TABLES = "SELECT relname FROM pg_class WHERE relkind = 'r' AND relnamespace = 'public'::regnamespace"
SEQUENCES = "SELECT sequencename, coalesce(last_value, start_value), last_value IS NOT NULL FROM pg_sequences"
OTHERS = "FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()"


class LentDatabase:
    """A database that nothing else uses, just made; `conninfo` leads to it."""

    def __init__(self, name: str, conninfo: str) -> None:
        self.name = name
        self._connection = psycopg.connect(conninfo, autocommit=True)
        self._tables = [table for (table,) in self._connection.execute(TABLES)]
        found = {table: _copied(self._connection, table) for table in self._tables}
        self._rows = {table: rows for table, rows in found.items() if rows}
        self._sequences = self._connection.execute(SEQUENCES).fetchall()
        self._schema = self._connection.execute(SCHEMA).fetchone()
        self._connection.execute("SET session_replication_role = replica")  # no trigger, no foreign key

    def put_back(self) -> bool:
        """Make it as it was; False when a test touched more than rows.

        Who is still connected is sent away, so that their locks go with them.
        """
        run = self._connection.execute
        run(f"SELECT pg_terminate_backend(pid, 5000) {OTHERS}")
        if run(SCHEMA).fetchone() != self._schema:
            return False
        with self._connection.transaction():
            run("; ".join(f"DELETE FROM {table}" for table in self._tables))
            for table, rows in self._rows.items():
                with self._connection.cursor().copy(f"COPY {table} FROM STDIN (FORMAT BINARY)") as into:
                    into.write(rows)
            run("; ".join("SELECT setval('{}', {}, {})".format(*row) for row in self._sequences))
        return True

    def close(self) -> None:
        self._connection.close()


def _copied(connection: psycopg.Connection[Any], table: str) -> bytes:
    """The table's rows; empty when it has none."""
    if connection.execute(f"SELECT FROM {table} LIMIT 1").fetchone() is None:
        return b""
    with connection.cursor().copy(f"COPY {table} TO STDOUT (FORMAT BINARY)") as out:
        return b"".join(bytes(part) for part in out)
