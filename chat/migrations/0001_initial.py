import chat.file_references
import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

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
    execute(schema_editor, SQLITE, POSTGRESQL)


def drop_search(apps, schema_editor):
    execute(schema_editor, SQLITE_DROP, POSTGRESQL_DROP)


def execute(schema_editor, sqlite, postgresql):
    is_postgresql = schema_editor.connection.vendor == 'postgresql'
    for statement in postgresql if is_postgresql else sqlite:
        schema_editor.execute(statement)


class Migration(migrations.Migration):

    initial = True

    dependencies = [
        ('accounts', '0001_initial'),
        ('groups', '0001_initial'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name='Bot',
            fields=[
                ('user', models.OneToOneField(on_delete=django.db.models.deletion.CASCADE, primary_key=True, related_name='+', serialize=False, to=settings.AUTH_USER_MODEL)),
                ('commands', models.JSONField(default=list)),
            ],
            options={
                'default_permissions': (),
            },
        ),
        migrations.CreateModel(
            name='BundledFile',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('stem', models.CharField(db_index=True, max_length=32)),
                ('message_id', models.BigIntegerField(db_index=True)),
            ],
            options={
                'default_permissions': (),
            },
        ),
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
            name='Privacy',
            fields=[
                ('user', models.OneToOneField(on_delete=django.db.models.deletion.CASCADE, primary_key=True, related_name='+', serialize=False, to=settings.AUTH_USER_MODEL)),
                ('write', models.CharField(db_default='everybody', default='everybody', max_length=10)),
                ('find', models.CharField(db_default='everybody', default='everybody', max_length=10)),
                ('invite', models.CharField(db_default='everybody', default='everybody', max_length=10)),
                ('direct', models.CharField(db_default='everybody', default='everybody', max_length=10)),
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
            name='ReactionTally',
            fields=[
                ('target', models.BigIntegerField(primary_key=True, serialize=False)),
                ('group_id', models.BigIntegerField(null=True)),
                ('upto_id', models.BigIntegerField()),
                ('given', models.TextField()),
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
            name='Mention',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('group_id', models.BigIntegerField()),
                ('userid', models.CharField(blank=True, max_length=64)),
                ('message_id', models.BigIntegerField()),
                ('sender', models.CharField(max_length=64)),
            ],
            options={
                'default_permissions': (),
                'indexes': [models.Index(fields=['message_id'], name='mentions_of_message')],
                'constraints': [models.UniqueConstraint(fields=('group_id', 'userid', 'message_id'), name='mentioned_once')],
            },
        ),
        migrations.CreateModel(
            name='Block',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('blocked', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('user', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name='+', to=settings.AUTH_USER_MODEL)),
            ],
            options={
                'constraints': [models.UniqueConstraint(fields=('user', 'blocked'), name='blocked_once')],
            },
        ),
        migrations.CreateModel(
            name='Contact',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('other', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('user', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name='+', to=settings.AUTH_USER_MODEL)),
            ],
            options={
                'constraints': [models.UniqueConstraint(fields=('user', 'other'), name='contact_once')],
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
            name='Conversation',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('read_id', models.BigIntegerField(db_default=0, default=0)),
                ('muted', models.BooleanField(db_default=False, default=False)),
                ('mentions_only', models.BooleanField(db_default=False, default=False)),
                ('pinned', models.BooleanField(db_default=False, default=False)),
                ('archived', models.BooleanField(db_default=False, default=False)),
                ('marked_unread', models.BooleanField(db_default=False, default=False)),
                ('remark', models.CharField(db_default='', default='', max_length=64)),
                ('draft', models.TextField(db_default='', default='')),
                ('removed_id', models.BigIntegerField(db_default=0, default=0)),
                ('cleared_id', models.BigIntegerField(db_default=0, default=0)),
                ('request', models.BooleanField(db_default=False, default=False)),
                ('hidden_count', models.IntegerField(db_default=0, default=0)),
                ('group', models.ForeignKey(db_index=False, null=True, on_delete=django.db.models.deletion.CASCADE, related_name='+', to='groups.group')),
                ('peer', models.ForeignKey(db_index=False, null=True, on_delete=django.db.models.deletion.CASCADE, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('user', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name='+', to=settings.AUTH_USER_MODEL)),
            ],
            options={
                'indexes': [models.Index(condition=models.Q(('cleared_id__gt', 0)), fields=['user', 'cleared_id'], name='cleared_by_person')],
                'constraints': [models.CheckConstraint(condition=models.Q(('peer', None), ('group', None), _connector='XOR'), name='with_a_person_or_a_group'), models.UniqueConstraint(condition=models.Q(('peer__isnull', False)), fields=('user', 'peer'), name='one_with_each_peer'), models.UniqueConstraint(condition=models.Q(('group__isnull', False)), fields=('user', 'group'), name='one_in_each_group')],
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
        migrations.CreateModel(
            name='HeldMessage',
            fields=[
                ('id', models.BigIntegerField(primary_key=True, serialize=False)),
                ('content', models.TextField()),
                ('extension', models.TextField(blank=True)),
                ('timet', models.BigIntegerField(help_text='Whole seconds since 1970.', verbose_name='time')),
                ('target', models.BigIntegerField(null=True)),
                ('is_waiting', models.BooleanField(default=True)),
                ('amendments', models.JSONField(null=True)),
                ('released_id', models.BigIntegerField(null=True)),
                ('details', models.TextField(null=True)),
                ('kind', models.CharField(db_default='text', default='text', max_length=20)),
                ('group', models.ForeignKey(db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='groups.group')),
                ('recipient', models.ForeignKey(db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('sender', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
            ],
            options={
                'indexes': [models.Index(condition=models.Q(('is_waiting', True)), fields=['id'], name='waiting')],
            },
        ),
        migrations.CreateModel(
            name='Hidden',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('message_id', models.BigIntegerField(db_index=True)),
                ('conversation', models.CharField(max_length=80)),
                ('user', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name='+', to=settings.AUTH_USER_MODEL)),
            ],
            options={
                'default_permissions': (),
                'constraints': [models.UniqueConstraint(fields=('user', 'message_id'), name='hidden_once')],
            },
        ),
        migrations.CreateModel(
            name='Message',
            fields=[
                ('id', models.BigAutoField(primary_key=True, serialize=False)),
                ('kind', models.CharField(max_length=10)),
                ('content', models.TextField()),
                ('extension', models.TextField(blank=True)),
                ('timet', models.BigIntegerField(help_text='Whole seconds since 1970.', verbose_name='time')),
                ('target', models.BigIntegerField(null=True)),
                ('cid', models.CharField(max_length=64, null=True)),
                ('details', models.TextField(null=True)),
                ('group', models.ForeignKey(db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='groups.group')),
                ('recipient', models.ForeignKey(db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('sender', models.ForeignKey(db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
            ],
            options={
                'indexes': [models.Index(fields=['recipient', 'id'], name='unicast_backlog'), models.Index(fields=['group', 'id'], name='group_backlog'), models.Index(condition=models.Q(('group__isnull', False), models.Q(('kind__in', ('recall', 'edit', 'reaction')), _negated=True)), fields=['group', 'id'], name='group_messages'), models.Index(condition=models.Q(('recipient__isnull', False), models.Q(('kind__in', ('recall', 'edit', 'reaction')), _negated=True)), fields=['sender', 'recipient', 'id'], name='unicast_messages'), models.Index(condition=models.Q(('group__isnull', False), ('kind__in', ('audio', 'file', 'picture', 'video'))), fields=['group', 'kind', 'id'], name='group_files'), models.Index(condition=models.Q(('recipient__isnull', False), ('kind__in', ('audio', 'file', 'picture', 'video'))), fields=['sender', 'recipient', 'kind', 'id'], name='unicast_files'), models.Index(chat.file_references.StemOfFile(), condition=models.Q(('kind__in', ('audio', 'file', 'picture', 'video'))), name='referring_to_file'), models.Index(fields=['sender', 'id'], name='written_by'), models.Index(fields=['timet'], name='first_of_a_second'), models.Index(condition=models.Q(('target__isnull', False)), fields=['target', 'kind', 'id'], name='about'), models.Index(condition=models.Q(('target__isnull', False)), fields=['target', 'sender', 'kind', 'id'], name='about_by')],
                'constraints': [models.CheckConstraint(condition=models.Q(('recipient', None), ('group', None), _connector='XOR'), name='to_a_person_or_a_group'), models.UniqueConstraint(condition=models.Q(('cid__isnull', False)), fields=('cid', 'sender'), name='once_for_each_cid')],
            },
        ),
        migrations.CreateModel(
            name='Pin',
            fields=[
                ('target', models.BigIntegerField(primary_key=True, serialize=False)),
                ('pinned_at', models.DateTimeField(auto_now_add=True)),
                ('by', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('group', models.ForeignKey(db_index=False, null=True, on_delete=django.db.models.deletion.CASCADE, related_name='+', to='groups.group')),
                ('one', models.ForeignKey(db_index=False, null=True, on_delete=django.db.models.deletion.CASCADE, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('other', models.ForeignKey(db_index=False, null=True, on_delete=django.db.models.deletion.CASCADE, related_name='+', to=settings.AUTH_USER_MODEL)),
            ],
            options={
                'default_permissions': (),
                'indexes': [models.Index(condition=models.Q(('group__isnull', False)), fields=['group'], name='pins_in_group'), models.Index(condition=models.Q(('group', None)), fields=['one', 'other'], name='pins_of_two')],
            },
        ),
        migrations.CreateModel(
            name='Star',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('message_id', models.BigIntegerField(db_index=True)),
                ('user', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name='+', to=settings.AUTH_USER_MODEL)),
            ],
            options={
                'default_permissions': (),
                'constraints': [models.UniqueConstraint(fields=('user', 'message_id'), name='starred_once')],
            },
        ),
        migrations.CreateModel(
            name='Sticker',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('kind', models.CharField(max_length=10)),
                ('content', models.CharField(max_length=300)),
                ('stem', models.CharField(blank=True, db_index=True, max_length=32)),
                ('message_id', models.BigIntegerField(db_index=True)),
                ('user', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name='+', to=settings.AUTH_USER_MODEL)),
            ],
            options={
                'default_permissions': (),
                'constraints': [models.UniqueConstraint(fields=('user', 'content'), name='sticker_once')],
            },
        ),
        migrations.RunPython(create_search, drop_search),
    ]
