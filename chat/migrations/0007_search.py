from django.db import migrations, models

# The words come split, and hold no character of ASCII but letters, digits and what marks their kind.
SQLITE = """
    CREATE VIRTUAL TABLE chat_search USING fts5(
        words, tokenize = "ascii tokenchars '@<#'", detail = none, columnsize = 0
    )
"""
# Without the list of pending entries, which each search would read as a whole.
POSTGRESQL = """
    CREATE TABLE chat_search (id bigint PRIMARY KEY, words tsvector NOT NULL);
    CREATE INDEX chat_search_words ON chat_search USING gin (words) WITH (fastupdate = off)
"""


def create(apps, schema_editor):
    is_postgresql = schema_editor.connection.vendor == 'postgresql'
    schema_editor.execute(POSTGRESQL if is_postgresql else SQLITE)


def drop(apps, schema_editor):
    schema_editor.execute('DROP TABLE chat_search')


class Migration(migrations.Migration):

    dependencies = [
        ('chat', '0006_conversations'),
    ]

    operations = [
        migrations.CreateModel(
            name='LogReader',
            fields=[
                ('name', models.CharField(max_length=32, primary_key=True, serialize=False)),
                ('cursor', models.BigIntegerField(default=0)),
            ],
        ),
        migrations.RunPython(create, drop),
    ]
