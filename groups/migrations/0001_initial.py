import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):

    initial = True

    dependencies = [
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
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
                ('needs_approval', models.BooleanField(db_default=False, default=False, editable=False, help_text='Owners and admins decide about those who follow a link.')),
                ('history', models.CharField(choices=[('joined', 'Joined'), ('all', 'All')], db_default='joined', default='joined', editable=False, help_text='What members may read: what was written since they joined, or everything.', max_length=10)),
                ('picture', models.CharField(db_default='', default='', editable=False, help_text='The stored file that the group has instead of the picture of its members.', max_length=100)),
                ('must_confirm', models.BooleanField(db_default=False, default=False, editable=False, help_text='Members are asked to confirm the notice.')),
                ('notice_id', models.BigIntegerField(db_default=0, default=0, editable=False, help_text='The position in the log at which the notice got its text, if members are to confirm it.')),
                ('keep_days', models.PositiveIntegerField(blank=True, editable=False, help_text='Messages here are kept for so many days. Empty: as long as elsewhere.', null=True)),
                ('creator', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='created_groups', to=settings.AUTH_USER_MODEL)),
            ],
        ),
        migrations.CreateModel(
            name='GroupLink',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('code', models.CharField(max_length=32, unique=True)),
                ('made_at', models.DateTimeField(auto_now_add=True)),
                ('expires_at', models.DateTimeField(help_text='Empty: never.', null=True)),
                ('max_uses', models.PositiveIntegerField(help_text='Empty: as often as people like.', null=True)),
                ('uses', models.PositiveIntegerField(db_default=0, default=0)),
                ('group', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='links', to='groups.group')),
                ('made_by', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
            ],
        ),
        migrations.CreateModel(
            name='Confirmation',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('notice_id', models.BigIntegerField()),
                ('confirmed_at', models.DateTimeField(auto_now_add=True)),
                ('user', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('group', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name='confirmations', to='groups.group')),
            ],
            options={
                'constraints': [models.UniqueConstraint(fields=('group', 'user', 'notice_id'), name='confirmed_once')],
            },
        ),
        migrations.CreateModel(
            name='GroupMute',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('until', models.DateTimeField(help_text='Empty: for good.', null=True)),
                ('reason', models.TextField(blank=True)),
                ('group', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name='mutes', to='groups.group')),
                ('user', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='+', to=settings.AUTH_USER_MODEL)),
            ],
            options={
                'indexes': [models.Index(condition=models.Q(('until__isnull', False)), fields=['until'], name='mutes_that_end')],
                'constraints': [models.UniqueConstraint(fields=('group', 'user'), name='muted_once')],
            },
        ),
        migrations.CreateModel(
            name='JoinRequest',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('made_at', models.DateTimeField(auto_now_add=True)),
                ('group', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name='join_requests', to='groups.group')),
                ('user', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='+', to=settings.AUTH_USER_MODEL)),
            ],
            options={
                'constraints': [models.UniqueConstraint(fields=('group', 'user'), name='asked_once')],
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
                ('group', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='memberships', to='groups.group')),
                ('user', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='memberships', to=settings.AUTH_USER_MODEL)),
            ],
            options={
                'indexes': [models.Index(condition=models.Q(('until_id', None)), fields=['user', 'group'], name='current_groups'), models.Index(condition=models.Q(('until_id__isnull', False)), fields=['user', 'last_id'], name='ended_stays'), models.Index(condition=models.Q(('until_id__isnull', False)), fields=['user', 'until_id'], name='left_at'), models.Index(condition=models.Q(('until_id__isnull', False)), fields=['group', 'user', 'last_id'], name='ended_stays_in_group'), models.Index(condition=models.Q(('invited_by__isnull', False)), fields=['user', 'invited_by'], name='not_accepted')],
                'constraints': [models.UniqueConstraint(condition=models.Q(('until_id', None)), fields=('group', 'user'), name='one_current_stay')],
            },
        ),
    ]
