"""The indexes behind `leads.search`: hand-written, for each database its own."""

from django.db import migrations

SQLITE = [
    "CREATE VIRTUAL TABLE lead_search USING fts5(search, content='lead', content_rowid='id', "
    "tokenize='trigram case_sensitive 1', columnsize=0)",
    "INSERT INTO lead_search(lead_search) VALUES ('rebuild')",
    "CREATE TRIGGER lead_search_insert AFTER INSERT ON lead BEGIN "
    "INSERT INTO lead_search(rowid, search) VALUES (new.id, new.search); END",
    "CREATE TRIGGER lead_search_delete AFTER DELETE ON lead BEGIN "
    "INSERT INTO lead_search(lead_search, rowid, search) VALUES ('delete', old.id, old.search); END",
    "CREATE TRIGGER lead_search_update AFTER UPDATE OF search ON lead WHEN old.search IS NOT new.search BEGIN "
    "INSERT INTO lead_search(lead_search, rowid, search) VALUES ('delete', old.id, old.search); "
    "INSERT INTO lead_search(rowid, search) VALUES (new.id, new.search); END",
    "CREATE INDEX lead_search_prefix ON lead (substr(search, 1, 2))",
]
SQLITE_BACK = [
    "DROP INDEX lead_search_prefix",
    "DROP TRIGGER lead_search_update",
    "DROP TRIGGER lead_search_delete",
    "DROP TRIGGER lead_search_insert",
    "DROP TABLE lead_search",
]
# A role without the right to make extensions needs it made for it once; then IF NOT EXISTS passes.
POSTGRESQL = [
    "CREATE EXTENSION IF NOT EXISTS pg_trgm",
    "CREATE INDEX lead_search_trigrams ON lead USING gin (search gin_trgm_ops)",
    'CREATE INDEX lead_search_prefix ON lead (substr(search, 1, 2) COLLATE "C")',
]
POSTGRESQL_BACK = ["DROP INDEX lead_search_prefix", "DROP INDEX lead_search_trigrams"]


def forwards(apps, schema_editor):
    run(schema_editor, SQLITE if schema_editor.connection.vendor == "sqlite" else POSTGRESQL)


def backwards(apps, schema_editor):
    run(schema_editor, SQLITE_BACK if schema_editor.connection.vendor == "sqlite" else POSTGRESQL_BACK)


def run(schema_editor, statements):
    for statement in statements:
        schema_editor.execute(statement)


class Migration(migrations.Migration):
    dependencies = [("leads", "0001_initial")]
    operations = [migrations.RunPython(forwards, backwards)]
