import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

from accounts.statements import migrate


# The words come split, and hold no character of ASCII but letters, digits and what marks their kind. Each entry
# is a place and a word; the table need not keep the texts, which are beside it. Small pages, because the entries
# of a place are few.
SQLITE = [
    """
    CREATE VIRTUAL TABLE chat_search USING fts5(
        entries, content = '', tokenize = "ascii tokenchars '@<#'", detail = none, columnsize = 0
    )
    """,
    "INSERT INTO chat_search (chat_search, rank) VALUES ('pgsz', 1000)",
    """
    CREATE TABLE chat_search_document (id integer PRIMARY KEY, places text NOT NULL, words text NOT NULL)
    """,
]
SQLITE_DROP = ["DROP TABLE chat_search", "DROP TABLE chat_search_document"]
# Without the list of pending entries, which each search would read as a whole.
POSTGRESQL = [
    "CREATE TABLE chat_search (id bigint PRIMARY KEY, words tsvector NOT NULL)",
    "CREATE INDEX chat_search_words ON chat_search USING gin (words) WITH (fastupdate = off)",
]
POSTGRESQL_DROP = ["DROP TABLE chat_search"]


def create_search(apps, schema_editor):
    migrate(schema_editor, SQLITE, POSTGRESQL)


def drop_search(apps, schema_editor):
    migrate(schema_editor, SQLITE_DROP, POSTGRESQL_DROP)


class Migration(migrations.Migration):

    initial = True

    dependencies = [
        ('accounts', '0001_initial'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name='LinkPreview',
            fields=[
                ('message_id', models.BigIntegerField(primary_key=True, serialize=False)),
                ('url', models.TextField()),
                ('title', models.CharField(max_length=200)),
                ('description', models.CharField(max_length=300)),
                ('site', models.CharField(max_length=60)),
                ('picture', models.CharField(max_length=300)),
            ],
            options={
                'default_permissions': (),
            },
        ),
        migrations.CreateModel(
            name='LogReader',
            fields=[
                ('name', models.CharField(max_length=32, primary_key=True, serialize=False)),
                ('cursor', models.BigIntegerField(default=0)),
            ],
        ),
        migrations.CreateModel(
            name='NewestLogin',
            fields=[
                ('user', models.OneToOneField(on_delete=django.db.models.deletion.CASCADE, primary_key=True, related_name='+', serialize=False, to=settings.AUTH_USER_MODEL)),
                ('number', models.BigIntegerField()),
                ('process', models.CharField(max_length=32)),
                ('previous', models.CharField(max_length=32)),
            ],
        ),
        migrations.CreateModel(
            name='Pruned',
            fields=[
                ('place', models.BigIntegerField(primary_key=True, serialize=False)),
                ('upto_id', models.BigIntegerField()),
            ],
            options={
                'default_permissions': (),
            },
        ),
        migrations.CreateModel(
            name='Installation',
            fields=[
                ('id', models.PositiveSmallIntegerField(primary_key=True, serialize=False)),
                ('key', models.CharField(max_length=64)),
                ('kept_log', models.CharField(db_default='', default='', max_length=64)),
            ],
            options={
                'constraints': [models.CheckConstraint(condition=models.Q(('id', 1)), name='one_installation')],
            },
        ),
        migrations.CreateModel(
            name='ContactRequest',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('text', models.CharField(blank=True, max_length=200)),
                ('state', models.CharField(max_length=10)),
                ('asked_at', models.BigIntegerField()),
                ('recipient', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('sender', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name='+', to=settings.AUTH_USER_MODEL)),
            ],
            options={
                'constraints': [models.UniqueConstraint(fields=('sender', 'recipient'), name='asked_contact_once')],
            },
        ),
        migrations.CreateModel(
            name='Device',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('name', models.CharField(max_length=64)),
                ('acked_id', models.BigIntegerField(db_default=0, default=0)),
                ('user', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name='+', to=settings.AUTH_USER_MODEL)),
            ],
            options={
                'constraints': [models.UniqueConstraint(fields=('user', 'name'), name='one_of_each_name')],
            },
        ),
        migrations.RunPython(create_search, drop_search),
    ]
