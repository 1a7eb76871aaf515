import django.contrib.auth.models
import django.db.models.deletion
from django.conf import settings
from django.contrib.auth.management import create_permissions
from django.db import migrations, models

from accounts.statements import migrate
from moderation.roles import make_roles

TABLE = 'moderation_auditentry'
REFUSED = 'the audit log is only added to'

SQLITE = [
    f"CREATE TRIGGER audit_not_changed BEFORE UPDATE ON {TABLE} BEGIN SELECT RAISE(ABORT, '{REFUSED}'); END",
    f"CREATE TRIGGER audit_not_deleted BEFORE DELETE ON {TABLE} BEGIN SELECT RAISE(ABORT, '{REFUSED}'); END",
    # What INSERT OR REPLACE replaces is deleted without a trigger.
    f"""
    CREATE TRIGGER audit_not_replaced BEFORE INSERT ON {TABLE}
    WHEN EXISTS (SELECT 1 FROM {TABLE} WHERE id = NEW.id)
    BEGIN SELECT RAISE(ABORT, '{REFUSED}'); END
    """,
]
SQLITE_DROP = [
    'DROP TRIGGER audit_not_changed',
    'DROP TRIGGER audit_not_deleted',
    'DROP TRIGGER audit_not_replaced',
]
POSTGRESQL = [
    f"""
    CREATE FUNCTION moderation_audit_is_kept() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN RAISE EXCEPTION '{REFUSED}' USING ERRCODE = 'integrity_constraint_violation'; END $$
    """,
    f"""
    CREATE TRIGGER audit_not_changed BEFORE UPDATE OR DELETE ON {TABLE}
    FOR EACH ROW EXECUTE FUNCTION moderation_audit_is_kept()
    """,
    f"""
    CREATE TRIGGER audit_not_emptied BEFORE TRUNCATE ON {TABLE}
    FOR EACH STATEMENT EXECUTE FUNCTION moderation_audit_is_kept()
    """,
]
POSTGRESQL_DROP = [
    f'DROP TRIGGER audit_not_changed ON {TABLE}',
    f'DROP TRIGGER audit_not_emptied ON {TABLE}',
    'DROP FUNCTION moderation_audit_is_kept()',
]


def add_triggers(apps, schema_editor):
    migrate(schema_editor, SQLITE, POSTGRESQL)


def drop_triggers(apps, schema_editor):
    migrate(schema_editor, SQLITE_DROP, POSTGRESQL_DROP)


def create_roles(apps, schema_editor):
    """Django makes permissions only after all migrations."""
    for label in ('accounts', 'auth', 'moderation'):
        app = apps.get_app_config(label)
        app.models_module = True
        create_permissions(app, verbosity=0, using=schema_editor.connection.alias, apps=apps)
        app.models_module = None
    make_roles(apps)


class Migration(migrations.Migration):

    initial = True

    dependencies = [
        ('accounts', '0001_initial'),
        ('auth', '0012_alter_user_first_name_max_length'),
        ('contenttypes', '0002_remove_content_type_name'),
        ('log', '0001_initial'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name='AuditEntry',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('time', models.DateTimeField(auto_now_add=True)),
                ('actor', models.CharField(max_length=72)),
                ('acted_for', models.CharField(max_length=64, null=True)),
                ('action', models.CharField(max_length=40)),
                ('target', models.CharField(blank=True, max_length=80)),
                ('reason', models.CharField(blank=True, max_length=1000)),
                ('address', models.CharField(blank=True, max_length=64)),
                ('log_id', models.BigIntegerField(null=True)),
                ('peer', models.CharField(max_length=64, null=True)),
                ('details', models.JSONField(default=dict)),
            ],
            options={
                'verbose_name': 'audit entry',
                'verbose_name_plural': 'audit log',
                'ordering': ['-id'],
                'indexes': [
                    models.Index(fields=['time'], name='audit_at'),
                    models.Index(fields=['target', '-id'], name='audit_of_target'),
                    models.Index(fields=['actor', '-id'], name='audit_of_actor'),
                    models.Index(fields=['action', '-id'], name='audit_of_action'),
                    models.Index(condition=models.Q(('acted_for__isnull', False)), fields=['acted_for', '-id'], name='audit_on_behalf_of'),
                    models.Index(condition=models.Q(('peer__isnull', False)), fields=['peer', '-id'], name='audit_read_with'),
                ],
                'permissions': (('read_desk', 'Can read the desk'), ('act_on_people', 'Can mute, ban, warn and disconnect people'), ('act_on_groups', 'Can moderate groups'), ('act_on_messages', 'Can recall, restore and erase messages'), ('handle_reports', 'Can handle reports'), ('change_rules', 'Can change rules'), ('read_private', 'Can read private conversations, for a reason'), ('see_reporters', 'Can see who has reported'), ('view_audit', 'Can read the audit log'), ('export_audit', 'Can export the audit log'), ('view_status', 'Can read what is wrong with the server')),
                'default_permissions': (),
            },
        ),
        migrations.CreateModel(
            name='Minute',
            fields=[
                ('minute', models.BigIntegerField(primary_key=True, serialize=False)),
                ('messages', models.PositiveIntegerField()),
            ],
            options={
                'default_permissions': (),
            },
        ),
        migrations.CreateModel(
            name='Process',
            fields=[
                ('name', models.CharField(max_length=32, primary_key=True, serialize=False)),
                ('number', models.PositiveIntegerField(help_text='The id that the system gave it.')),
                ('host', models.CharField(max_length=100)),
                ('version', models.CharField(max_length=50)),
                ('started_at', models.DateTimeField()),
                ('seen_at', models.DateTimeField()),
                ('connections', models.PositiveIntegerField()),
                ('people', models.PositiveIntegerField()),
                ('online', models.PositiveIntegerField()),
                ('cursor', models.BigIntegerField()),
                ('waiting', models.PositiveIntegerField()),
                ('stalls', models.PositiveIntegerField()),
            ],
            options={
                'default_permissions': (),
            },
        ),
        migrations.CreateModel(
            name='ReasonTemplate',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('title', models.CharField(help_text='The label of the button.', max_length=60)),
                ('text', models.TextField(help_text='The text that the button inserts as the reason.', max_length=1000)),
                ('place', models.PositiveSmallIntegerField(default=0, help_text='Smaller ones come first, then in the order of the alphabet.')),
            ],
            options={
                'verbose_name': 'reason template',
                'verbose_name_plural': 'reason templates',
                'ordering': ['place', 'title', 'pk'],
                'default_permissions': (),
            },
        ),
        migrations.CreateModel(
            name='Role',
            fields=[
            ],
            options={
                'verbose_name': 'role',
                'verbose_name_plural': 'roles',
                'proxy': True,
                'default_permissions': (),
                'indexes': [],
                'constraints': [],
            },
            bases=('auth.group',),
            managers=[
                ('objects', django.contrib.auth.models.GroupManager()),
            ],
        ),
        migrations.CreateModel(
            name='GroupHour',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('hour', models.BigIntegerField()),
                ('group', models.BigIntegerField()),
                ('messages', models.PositiveIntegerField()),
            ],
            options={
                'default_permissions': (),
                'indexes': [models.Index(fields=['hour', '-messages'], name='busiest_of_an_hour')],
                'constraints': [models.UniqueConstraint(fields=('hour', 'group'), name='one_count_each_hour')],
            },
        ),
        migrations.CreateModel(
            name='KeyUse',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('day', models.DateField()),
                ('key', models.CharField(max_length=16)),
                ('subject', models.CharField(max_length=160)),
            ],
            options={
                'default_permissions': (),
                'constraints': [models.UniqueConstraint(fields=('day', 'key', 'subject'), name='noted_once_a_day')],
            },
        ),
        migrations.CreateModel(
            name='Report',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('target', models.CharField(max_length=80)),
                ('about', models.CharField(blank=True, max_length=64)),
                ('category', models.CharField(choices=[('spam', 'Spam'), ('abuse', 'Insults or threats'), ('sexual', 'Sexual content'), ('violence', 'Violence'), ('illegal', 'Something illegal'), ('other', 'Something else')], max_length=10)),
                ('categories', models.JSONField(default=dict)),
                ('count', models.PositiveIntegerField(default=0)),
                ('state', models.CharField(choices=[('open', 'Open'), ('claimed', 'Claimed'), ('resolved', 'Resolved')], default='open', max_length=10)),
                ('opened_at', models.DateTimeField(auto_now_add=True)),
                ('last_at', models.DateTimeField(auto_now_add=True)),
                ('claimed_by', models.CharField(blank=True, max_length=72)),
                ('claimed_at', models.DateTimeField(null=True)),
                ('resolved_by', models.CharField(blank=True, max_length=72)),
                ('resolved_at', models.DateTimeField(null=True)),
                ('outcome', models.CharField(blank=True, choices=[('dismiss', 'Dismissed'), ('warn', 'Warned'), ('recall', 'Message recalled'), ('mute', 'Muted'), ('ban', 'Banned'), ('dissolve', 'Group dissolved')], max_length=10)),
                ('outcomes', models.JSONField(null=True)),
                ('reason', models.CharField(blank=True, max_length=1000)),
                ('snapshot', models.JSONField(default=dict)),
                ('earlier', models.ForeignKey(db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='moderation.report')),
                ('resolved_with', models.ForeignKey(db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='moderation.report')),
            ],
            options={
                'default_permissions': (),
            },
        ),
        migrations.CreateModel(
            name='Complaint',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('rule', models.BigIntegerField(null=True)),
                ('category', models.CharField(choices=[('spam', 'Spam'), ('abuse', 'Insults or threats'), ('sexual', 'Sexual content'), ('violence', 'Violence'), ('illegal', 'Something illegal'), ('other', 'Something else')], max_length=10)),
                ('note', models.CharField(blank=True, max_length=1000)),
                ('at', models.DateTimeField(auto_now_add=True)),
                ('reporter', models.ForeignKey(db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('report', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name='complaints', to='moderation.report')),
            ],
            options={
                'default_permissions': (),
            },
        ),
        migrations.CreateModel(
            name='ReportMail',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('recipient', models.CharField(max_length=254)),
                ('made_at', models.DateTimeField(auto_now_add=True)),
                ('due_at', models.DateTimeField(db_index=True)),
                ('attempts', models.PositiveIntegerField(default=0)),
                ('report', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name='+', to='moderation.report')),
            ],
            options={
                'default_permissions': (),
            },
        ),
        migrations.CreateModel(
            name='ReportNote',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('author', models.CharField(max_length=72)),
                ('text', models.CharField(max_length=1000)),
                ('at', models.DateTimeField(auto_now_add=True)),
                ('report', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name='notes', to='moderation.report')),
            ],
            options={
                'default_permissions': (),
            },
        ),
        migrations.CreateModel(
            name='Rule',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('pattern', models.CharField(max_length=1000)),
                ('match', models.CharField(choices=[('literal', 'Words, also inside of others'), ('word', 'Whole words'), ('re2', 'Regular expression (RE2)'), ('host', 'Links to a host')], default='literal', max_length=10)),
                ('effect', models.CharField(choices=[('block', 'Block'), ('hold', 'Hold for review'), ('mask', 'Mask'), ('flag', 'Flag')], default='block', max_length=10)),
                ('scope', models.CharField(choices=[('everywhere', 'Everywhere'), ('persons', 'Between two people'), ('groups', 'In all groups'), ('group', 'In one group')], default='everywhere', max_length=10)),
                ('note', models.CharField(blank=True, max_length=200)),
                ('is_active', models.BooleanField(default=True)),
                ('hits', models.BigIntegerField(default=0)),
                ('last_hit_at', models.DateTimeField(null=True)),
                ('made_by', models.CharField(max_length=72)),
                ('made_at', models.DateTimeField(auto_now_add=True)),
                ('group', models.ForeignKey(db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='log.group')),
            ],
            options={
                'default_permissions': (),
            },
        ),
        migrations.CreateModel(
            name='Announcement',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('name', models.CharField(max_length=64, unique=True)),
                ('text', models.TextField()),
                ('field', models.CharField(blank=True, default='', max_length=64)),
                ('value', models.JSONField(null=True)),
                ('active_since', models.DateTimeField(null=True)),
                ('pushes', models.BooleanField(default=False)),
                ('state', models.CharField(choices=[('running', 'Running'), ('stopped', 'Stopped'), ('done', 'Done')], default='running', max_length=10)),
                ('after', models.CharField(blank=True, default='', max_length=64)),
                ('total', models.PositiveIntegerField(default=0)),
                ('sent', models.PositiveIntegerField(default=0)),
                ('problem', models.CharField(blank=True, default='', max_length=200)),
                ('made_by', models.CharField(max_length=72)),
                ('made_at', models.DateTimeField(auto_now_add=True)),
                ('ended_at', models.DateTimeField(null=True)),
                ('holder', models.CharField(blank=True, default='', max_length=64)),
                ('held_until', models.FloatField(default=0)),
                ('group', models.ForeignKey(db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='log.group')),
            ],
            options={
                'default_permissions': (),
                'indexes': [models.Index(condition=models.Q(('state', 'running')), fields=['id'], name='announcing')],
            },
        ),
        migrations.CreateModel(
            name='LastAddress',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('address', models.CharField(max_length=64)),
                ('first_at', models.DateTimeField()),
                ('seen_at', models.DateTimeField(db_index=True)),
                ('user', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name='+', to=settings.AUTH_USER_MODEL)),
            ],
            options={
                'default_permissions': (),
                'indexes': [models.Index(fields=['address', '-seen_at'], name='who_came_from_address')],
                'constraints': [models.UniqueConstraint(fields=('user', 'address'), name='once_for_each_address')],
            },
        ),
        migrations.AddIndex(
            model_name='report',
            index=models.Index(fields=['state', 'id'], name='report_queue'),
        ),
        migrations.AddIndex(
            model_name='report',
            index=models.Index(condition=models.Q(('resolved_at__isnull', False)), fields=['-resolved_at', '-id'], name='report_resolved'),
        ),
        migrations.AddIndex(
            model_name='report',
            index=models.Index(fields=['target', '-id'], name='report_of_target'),
        ),
        migrations.AddIndex(
            model_name='report',
            index=models.Index(fields=['about', '-id'], name='report_about'),
        ),
        migrations.AddIndex(
            model_name='report',
            index=models.Index(condition=models.Q(('state', 'resolved'), models.Q(('outcome', 'dismiss'), _negated=True), models.Q(('about', ''), _negated=True), ('resolved_with__isnull', True)), fields=['about'], name='report_strikes'),
        ),
        migrations.AddConstraint(
            model_name='report',
            constraint=models.UniqueConstraint(condition=models.Q(('state', 'resolved'), _negated=True), fields=('target',), name='one_unresolved_of_each_target'),
        ),
        migrations.AddIndex(
            model_name='complaint',
            index=models.Index(fields=['report', 'id'], name='complaint_of_report'),
        ),
        migrations.AddIndex(
            model_name='complaint',
            index=models.Index(condition=models.Q(('reporter__isnull', False)), fields=['reporter', '-id'], name='complaint_by_person'),
        ),
        migrations.AddConstraint(
            model_name='complaint',
            constraint=models.CheckConstraint(condition=models.Q(('reporter', None), ('rule', None), _connector='XOR'), name='reported_by_a_person_or_a_rule'),
        ),
        migrations.AddConstraint(
            model_name='complaint',
            constraint=models.UniqueConstraint(condition=models.Q(('reporter__isnull', False)), fields=('report', 'reporter'), name='once_by_each_person'),
        ),
        migrations.AddConstraint(
            model_name='complaint',
            constraint=models.UniqueConstraint(condition=models.Q(('rule__isnull', False)), fields=('report', 'rule'), name='once_by_each_rule'),
        ),
        migrations.AddIndex(
            model_name='reportmail',
            index=models.Index(fields=['recipient', 'id'], name='mail_to_recipient'),
        ),
        migrations.AddIndex(
            model_name='reportmail',
            index=models.Index(fields=['report'], name='mail_of_report'),
        ),
        migrations.AddIndex(
            model_name='reportnote',
            index=models.Index(fields=['report', 'id'], name='note_of_report'),
        ),
        migrations.AddConstraint(
            model_name='rule',
            constraint=models.CheckConstraint(condition=models.Q(('scope', 'group'), ('group', None), _connector='XOR'), name='a_group_for_the_scope_of_one'),
        ),
        # Not before its indexes are made: Django makes none for a table that it does not manage.
        migrations.AlterModelOptions(
            name='auditentry',
            options={'default_permissions': (), 'managed': False, 'ordering': ['-id'], 'permissions': (('read_desk', 'Can read the desk'), ('act_on_people', 'Can mute, ban, warn and disconnect people'), ('act_on_groups', 'Can moderate groups'), ('act_on_messages', 'Can recall, restore and erase messages'), ('handle_reports', 'Can handle reports'), ('change_rules', 'Can change rules'), ('read_private', 'Can read private conversations, for a reason'), ('see_reporters', 'Can see who has reported'), ('view_audit', 'Can read the audit log'), ('export_audit', 'Can export the audit log'), ('view_status', 'Can read what is wrong with the server')), 'verbose_name': 'audit entry', 'verbose_name_plural': 'audit log'},
        ),
        migrations.RunPython(add_triggers, drop_triggers),
        migrations.RunPython(create_roles, migrations.RunPython.noop),
    ]
