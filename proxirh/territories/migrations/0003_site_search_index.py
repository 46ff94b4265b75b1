"""On PostgreSQL, an index of trigrams for the search of sites; SQLite reads the 70,000 lines, which is quick enough.

The same query serves both. Where the pg_trgm extension is not installed, the search works without the index.
"""

from django.db import migrations

EXTENSION = "SELECT 1 FROM pg_available_extensions WHERE name = 'pg_trgm'"
INDEX = "CREATE INDEX territories_site_search_text_trigrams ON territories_site USING gin (search_text gin_trgm_ops)"


def create_index(apps, schema_editor):
    connection = schema_editor.connection
    if connection.vendor != "postgresql":
        return
    with connection.cursor() as cursor:
        cursor.execute(EXTENSION)
        is_available = cursor.fetchone() is not None
    if is_available:
        schema_editor.execute("CREATE EXTENSION IF NOT EXISTS pg_trgm")
        schema_editor.execute(INDEX)


def drop_index(apps, schema_editor):
    if schema_editor.connection.vendor == "postgresql":
        schema_editor.execute("DROP INDEX IF EXISTS territories_site_search_text_trigrams")


class Migration(migrations.Migration):
    dependencies = [("territories", "0002_reference_data")]

    operations = [migrations.RunPython(create_index, drop_index)]
