from django.db import migrations

# Each entry is a place and a word; the table need not keep the texts, which are beside it. Small pages, because
# the entries of a place are few.
SQLITE = """
    CREATE VIRTUAL TABLE chat_search USING fts5(
        entries, content = '', tokenize = "ascii tokenchars '@<#'", detail = none, columnsize = 0
    )
"""
SMALL_PAGES = "INSERT INTO chat_search (chat_search, rank) VALUES ('pgsz', 1000)"
DOCUMENTS = """
    CREATE TABLE chat_search_document (id integer PRIMARY KEY, places text NOT NULL, words text NOT NULL)
"""
BEFORE = """
    CREATE VIRTUAL TABLE chat_search USING fts5(
        words, tokenize = "ascii tokenchars '@<#'", detail = none, columnsize = 0
    )
"""


def create(apps, schema_editor):
    replace(apps, schema_editor, [SQLITE, SMALL_PAGES, DOCUMENTS])


def restore(apps, schema_editor):
    replace(apps, schema_editor, ['DROP TABLE chat_search_document', BEFORE])


def replace(apps, schema_editor, statements):
    """On SQLite. The reader begins anew, and indexes the whole log."""
    if schema_editor.connection.vendor != 'sqlite':
        return
    schema_editor.execute('DROP TABLE chat_search')
    for statement in statements:
        schema_editor.execute(statement)
    apps.get_model('chat', 'LogReader').objects.filter(pk='search').delete()


class Migration(migrations.Migration):

    dependencies = [
        ('chat', '0007_search'),
    ]

    operations = [migrations.RunPython(create, restore)]
