"""Makes stored files of the schemas before the first stored one.

    python3 make_older.py SCHEMA_CC STORED.db VERSION OUT.db

Runs the first VERSION entries of kMigrations and copies what both schemas know
from the stored file, as a server of that time would have written it. Page views
before schema 5 were rows: they are told apart, but no reader of theirs is left.
"""

import re
import sqlite3
import sys

APPLICATION_ID = 0x5047574B
PAGE_VIEW_ROWS = """
INSERT INTO page_views SELECT n, 1, id, at, '/cart', '/cart', NULL, NULL, 0, 2310, 120, 0.1, 810,
  320, NULL, NULL, NULL, NULL, NULL, NULL, 1, 0, 0, 'desktop', '4g', 0, 'Chrome', '120', 'Linux',
  '', iif(n % 2, 'shop@1.4.2', 'shop@1.5.0'), 'production', '', '0.1.0', at, 0, 0
  FROM (SELECT event_row AS n, event_id AS id, occurred_at_unix_us AS at FROM old.events LIMIT 8);
INSERT INTO page_view_bodies SELECT view_row, x'01' FROM page_views;
INSERT INTO rollups VALUES(1, 0, '/cart', x'01');
INSERT INTO pages VALUES(1, '/cart');
"""
FACETS = """
INSERT INTO issue_facets SELECT issue_id, iif(key = 'release', 0, 1), value FROM old.issue_tags
  WHERE key IN ('release', 'environment');
"""


def tables(db, schema):
    rows = db.execute(
        f"SELECT name FROM {schema}.sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite%'"
    )
    return {name for (name,) in rows}


def columns(db, schema, table):
    return [row[1] for row in db.execute(f"PRAGMA {schema}.table_info({table})")]


def main():
    schema_cc, stored, version, out = sys.argv[1], sys.argv[2], int(sys.argv[3]), sys.argv[4]
    with open(schema_cc) as source:
        migrations = re.findall(r'R"sql\((.*?)\)sql"', source.read(), re.DOTALL)
    db = sqlite3.connect(out, isolation_level=None)
    db.execute("PRAGMA page_size = 8192")
    db.execute("PRAGMA journal_mode = WAL")
    for migration in migrations[:version]:
        db.executescript(migration)
    db.execute("ATTACH ? AS old", (stored,))
    row_tables = {"page_views", "page_view_bodies", "issue_facets"}
    skipped = row_tables | ({"rollups", "pages"} if version < 5 else set())
    for table in sorted(tables(db, "main") & tables(db, "old") - skipped):
        known = columns(db, "old", table)
        names = ", ".join(name for name in columns(db, "main", table) if name in known)
        db.execute(f"DELETE FROM main.{table}")
        db.execute(f"INSERT INTO main.{table}({names}) SELECT {names} FROM old.{table}")
    if version < 5:
        db.executescript(PAGE_VIEW_ROWS)
    if version < 8:
        db.executescript(FACETS)
    db.execute(f"PRAGMA main.user_version = {version}")
    db.execute(f"PRAGMA main.application_id = {APPLICATION_ID}")
    db.execute("DETACH old")
    db.execute("VACUUM")
    db.close()


main()
