import django.db.models.deletion
import log.file_references
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):

    initial = True

    dependencies = [
        ('accounts', '0001_initial'),
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
            name='CustomValue',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('place', models.CharField(max_length=140)),
                ('name', models.CharField(max_length=64)),
                ('value', models.CharField(max_length=100)),
                ('message_id', models.BigIntegerField(db_index=True)),
            ],
            options={
                'default_permissions': (),
                'indexes': [models.Index(fields=['place', 'name', 'value', 'message_id'], name='by_custom_value')],
            },
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
            name='Group',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('name', models.TextField()),
                ('notice', models.TextField(blank=True)),
                ('snap', models.CharField(blank=True, editable=False, help_text="The stored file with the group's picture.", max_length=100)),
                ('created_at', models.DateTimeField(auto_now_add=True)),
                ('dissolved_at', models.DateTimeField(blank=True, editable=False, null=True)),
                ('is_quiet', models.BooleanField(db_default=False, default=False, editable=False, help_text='Only owners and admins may write.')),
                ('slow_seconds', models.PositiveIntegerField(db_default=0, default=0, editable=False, help_text='A member may write once in so many seconds. 0: as often as elsewhere.')),
                ('notice_by', models.CharField(choices=[('members', 'Members'), ('admins', 'Admins')], db_default='members', default='members', editable=False, help_text='Who sets the notice: all members, or owners and admins.', max_length=10)),
                ('add_by', models.CharField(choices=[('members', 'Members'), ('admins', 'Admins')], db_default='members', default='members', editable=False, help_text='Who adds members: all members, or owners and admins.', max_length=10)),
                ('needs_approval', models.BooleanField(db_default=False, default=False, editable=False, help_text='Owners and admins decide about those who follow a link to the group.')),
                ('history', models.CharField(choices=[('joined', 'Joined'), ('all', 'All')], db_default='joined', default='joined', editable=False, help_text='What members may read: what was written since they `joined`, or `all`.', max_length=10)),
                ('must_confirm', models.BooleanField(db_default=False, default=False, editable=False, help_text='Members are asked to confirm the notice.')),
                ('picture', models.CharField(db_default='', default='', editable=False, help_text='The stored file that the group has instead of the picture of its members.', max_length=100)),
                ('notice_id', models.BigIntegerField(db_default=0, default=0, editable=False, help_text='The position in the log at which the notice got its text, if members are to confirm it.')),
                ('custom', models.JSONField(blank=True, default=dict, editable=False, help_text='What programs attach to the group.')),
                ('keep_days', models.PositiveIntegerField(blank=True, editable=False, help_text='Messages here are kept for so many days. Empty: as long as elsewhere.', null=True)),
                ('creator', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='created_groups', to=settings.AUTH_USER_MODEL)),
            ],
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
                ('peer', models.ForeignKey(db_index=False, null=True, on_delete=django.db.models.deletion.CASCADE, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('user', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('group', models.ForeignKey(db_index=False, null=True, on_delete=django.db.models.deletion.CASCADE, related_name='+', to='log.group')),
            ],
            options={
                'indexes': [models.Index(condition=models.Q(('cleared_id__gt', 0)), fields=['user', 'cleared_id'], name='cleared_by_person')],
                'constraints': [models.CheckConstraint(condition=models.Q(('peer', None), ('group', None), _connector='XOR'), name='with_a_person_or_a_group'), models.UniqueConstraint(condition=models.Q(('peer__isnull', False)), fields=('user', 'peer'), name='one_with_each_peer'), models.UniqueConstraint(condition=models.Q(('group__isnull', False)), fields=('user', 'group'), name='one_in_each_group')],
            },
        ),
        migrations.CreateModel(
            name='GroupMute',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('until', models.DateTimeField(help_text='Empty: for good.', null=True)),
                ('reason', models.TextField(blank=True)),
                ('group', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name='mutes', to='log.group')),
                ('user', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='+', to=settings.AUTH_USER_MODEL)),
            ],
            options={
                'indexes': [models.Index(condition=models.Q(('until__isnull', False)), fields=['until'], name='mutes_that_end')],
                'constraints': [models.UniqueConstraint(fields=('group', 'user'), name='muted_once')],
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
                ('group', models.ForeignKey(db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='log.group')),
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
            name='Membership',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('role', models.CharField(choices=[('owner', 'Owner'), ('admin', 'Admin'), ('member', 'Member')], default='member', max_length=10)),
                ('since_id', models.BigIntegerField(editable=False)),
                ('until_id', models.BigIntegerField(editable=False, null=True)),
                ('last_id', models.BigIntegerField(db_default=9223372036854775807, default=9223372036854775807, editable=False)),
                ('invited_by', models.CharField(editable=False, max_length=64, null=True)),
                ('left_at', models.DateTimeField(editable=False, null=True)),
                ('ended_at', models.DateTimeField(editable=False, null=True)),
                ('nickname', models.CharField(db_default='', default='', editable=False, max_length=100)),
                ('group', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='memberships', to='log.group')),
                ('user', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='memberships', to=settings.AUTH_USER_MODEL)),
            ],
            options={
                'indexes': [models.Index(condition=models.Q(('until_id', None)), fields=['user', 'group'], name='current_groups'), models.Index(condition=models.Q(('until_id__isnull', False)), fields=['user', 'last_id'], name='ended_stays'), models.Index(condition=models.Q(('until_id__isnull', False)), fields=['user', 'until_id'], name='left_at'), models.Index(condition=models.Q(('until_id__isnull', False)), fields=['group', 'user', 'last_id'], name='ended_stays_in_group'), models.Index(condition=models.Q(('invited_by__isnull', False)), fields=['user', 'invited_by'], name='not_accepted')],
                'constraints': [models.UniqueConstraint(condition=models.Q(('until_id', None)), fields=('group', 'user'), name='one_current_stay')],
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
                ('group', models.ForeignKey(db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='log.group')),
                ('recipient', models.ForeignKey(db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('sender', models.ForeignKey(db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
            ],
            options={
                'indexes': [models.Index(fields=['recipient', 'id'], name='unicast_backlog'), models.Index(fields=['group', 'id'], name='group_backlog'), models.Index(condition=models.Q(('group__isnull', False), models.Q(('kind__in', ('recall', 'edit', 'reaction', 'response', 'closing')), _negated=True)), fields=['group', 'id'], name='group_messages'), models.Index(condition=models.Q(('recipient__isnull', False), models.Q(('kind__in', ('recall', 'edit', 'reaction', 'response', 'closing')), _negated=True)), fields=['sender', 'recipient', 'id'], name='unicast_messages'), models.Index(condition=models.Q(('group__isnull', False), ('kind__in', ('audio', 'file', 'picture', 'video'))), fields=['group', 'kind', 'id'], name='group_files'), models.Index(condition=models.Q(('recipient__isnull', False), ('kind__in', ('audio', 'file', 'picture', 'video'))), fields=['sender', 'recipient', 'kind', 'id'], name='unicast_files'), models.Index(log.file_references.StemOfFile(), condition=models.Q(('kind__in', ('audio', 'file', 'picture', 'video'))), name='referring_to_file'), models.Index(fields=['sender', 'id'], name='written_by'), models.Index(fields=['timet'], name='first_of_a_second'), models.Index(condition=models.Q(('target__isnull', False)), fields=['target', 'kind', 'id'], name='about'), models.Index(condition=models.Q(('target__isnull', False)), fields=['target', 'sender', 'kind', 'id'], name='about_by')],
                'constraints': [models.CheckConstraint(condition=models.Q(('recipient', None), ('group', None), _connector='XOR'), name='to_a_person_or_a_group'), models.UniqueConstraint(condition=models.Q(('cid__isnull', False)), fields=('cid', 'sender'), name='once_for_each_cid')],
            },
        ),
        migrations.CreateModel(
            name='Pin',
            fields=[
                ('target', models.BigIntegerField(primary_key=True, serialize=False)),
                ('pinned_at', models.DateTimeField(auto_now_add=True)),
                ('by', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('group', models.ForeignKey(db_index=False, null=True, on_delete=django.db.models.deletion.CASCADE, related_name='+', to='log.group')),
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
    ]
