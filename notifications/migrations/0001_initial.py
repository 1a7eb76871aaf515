import django.db.models.deletion
import notifications.models.endpoints
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):

    initial = True

    dependencies = [
        ('accounts', '0001_initial'),
        ('log', '0001_initial'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name='Endpoint',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('name', models.CharField(max_length=100, verbose_name='name')),
                ('kind', models.CharField(default='standard', max_length=20, verbose_name='kind')),
                ('url', models.TextField(validators=[notifications.models.endpoints.validate_url], verbose_name='URL')),
                ('secret', models.CharField(default=notifications.models.endpoints.new_secret, help_text='Signs each request, so that the receiver can verify the sender.', max_length=200, validators=[notifications.models.endpoints.validate_secret], verbose_name='secret')),
                ('events', models.CharField(default='notice.due', help_text='The events that it gets, by name.', max_length=1000, verbose_name='events')),
                ('groups', models.TextField(blank=True, help_text='g:7 for a group, u:alice for what is between Alice and others. Empty: all conversations. It limits what happens in conversations: messages, reactions, members, groups.', validators=[notifications.models.endpoints.validate_groups], verbose_name='conversations')),
                ('with_text', models.BooleanField(default=False, help_text='Whether events include the texts of messages.', verbose_name='with text')),
                ('is_active', models.BooleanField(default=True, help_text='Without it, nothing new is sent.', verbose_name='active')),
                ('replay_after', models.BigIntegerField(editable=False, null=True)),
                ('replay_upto', models.BigIntegerField(db_default=0, default=0, editable=False)),
            ],
            options={
                'verbose_name': 'endpoint',
                'verbose_name_plural': 'endpoints',
            },
        ),
        migrations.CreateModel(
            name='Lease',
            fields=[
                ('name', models.CharField(max_length=32, primary_key=True, serialize=False)),
                ('holder', models.CharField(max_length=64)),
                ('until', models.FloatField()),
            ],
            options={
                'default_permissions': (),
            },
        ),
        migrations.CreateModel(
            name='Person',
            fields=[
                ('user', models.OneToOneField(on_delete=django.db.models.deletion.CASCADE, primary_key=True, related_name='+', serialize=False, to=settings.AUTH_USER_MODEL)),
                ('told_id', models.BigIntegerField(default=0)),
                ('quiet_from', models.PositiveSmallIntegerField(null=True)),
                ('quiet_to', models.PositiveSmallIntegerField(null=True)),
                ('quiet_zone', models.CharField(blank=True, max_length=64)),
                ('push_text', models.BooleanField(db_default=False, default=False)),
            ],
            options={
                'default_permissions': (),
            },
        ),
        migrations.CreateModel(
            name='Hook',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('name', models.CharField(help_text='The name of the bot.', max_length=64, verbose_name='name')),
                ('digest', models.CharField(editable=False, max_length=64, unique=True)),
                ('address_digest', models.CharField(editable=False, max_length=64, unique=True)),
                ('signing_secret', models.CharField(db_default='', default='', editable=False, max_length=64)),
                ('made_at', models.DateTimeField(auto_now_add=True, verbose_name='made')),
                ('revoked_at', models.DateTimeField(editable=False, null=True, verbose_name='revoked')),
                ('bot', models.OneToOneField(editable=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='bot')),
                ('group', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='+', to='log.group', verbose_name='group')),
                ('made_by', models.ForeignKey(editable=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='made by')),
            ],
            options={
                'verbose_name': 'bot',
                'verbose_name_plural': 'bots',
                'ordering': ['-made_at'],
            },
        ),
        migrations.CreateModel(
            name='SlashCall',
            fields=[
                ('digest', models.CharField(max_length=64, primary_key=True, serialize=False)),
                ('name', models.CharField(max_length=32)),
                ('userid', models.CharField(max_length=64)),
                ('message_id', models.BigIntegerField()),
                ('left', models.PositiveSmallIntegerField()),
                ('expires_at', models.FloatField(db_index=True)),
                ('hook', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name='+', to='notifications.hook')),
            ],
            options={
                'default_permissions': (),
            },
        ),
        migrations.CreateModel(
            name='SlashCommand',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('name', models.CharField(max_length=32)),
                ('url', models.TextField()),
                ('hook', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name='+', to='notifications.hook')),
            ],
            options={
                'default_permissions': (),
                'constraints': [models.UniqueConstraint(fields=('hook', 'name'), name='command_once')],
            },
        ),
        migrations.CreateModel(
            name='Pending',
            fields=[
                ('user', models.OneToOneField(on_delete=django.db.models.deletion.CASCADE, primary_key=True, related_name='+', serialize=False, to=settings.AUTH_USER_MODEL)),
                ('since_id', models.BigIntegerField()),
                ('due_at', models.FloatField()),
            ],
            options={
                'default_permissions': (),
                'indexes': [models.Index(fields=['due_at'], name='pending_due')],
            },
        ),
        migrations.CreateModel(
            name='PushKey',
            fields=[
                ('id', models.PositiveSmallIntegerField(primary_key=True, serialize=False)),
                ('private', models.TextField()),
            ],
            options={
                'default_permissions': (),
                'constraints': [models.CheckConstraint(condition=models.Q(('id', 1)), name='one_push_key')],
            },
        ),
        migrations.CreateModel(
            name='PushDevice',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('name', models.CharField(max_length=64, verbose_name='device')),
                ('provider', models.CharField(max_length=20, verbose_name='provider')),
                ('token', models.TextField()),
                ('digest', models.CharField(max_length=64, unique=True)),
                ('host', models.CharField(max_length=300, verbose_name='host')),
                ('app', models.CharField(blank=True, max_length=200, verbose_name='app')),
                ('language', models.CharField(blank=True, max_length=35, verbose_name='language')),
                ('time_zone', models.CharField(blank=True, max_length=64, verbose_name='time zone')),
                ('key', models.CharField(blank=True, max_length=43)),
                ('login', models.CharField(blank=True, max_length=32)),
                ('failures', models.PositiveSmallIntegerField(default=0, verbose_name='failures in a row')),
                ('has_answered', models.BooleanField(default=False)),
                ('pushed_at', models.FloatField(default=0)),
                ('user', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name='+', to=settings.AUTH_USER_MODEL)),
            ],
            options={
                'verbose_name': 'push device',
                'verbose_name_plural': 'push devices',
                'default_permissions': ('view', 'delete'),
                'constraints': [models.UniqueConstraint(fields=('user', 'name'), name='push_device_of_each_name')],
            },
        ),
        migrations.CreateModel(
            name='Delivery',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('target_kind', models.CharField(blank=True, default='', max_length=20, verbose_name='kind')),
                ('target_id', models.BigIntegerField(null=True)),
                ('event', models.CharField(max_length=20, verbose_name='event')),
                ('key', models.CharField(max_length=140, verbose_name='conversation')),
                ('lane', models.CharField(blank=True, db_default='', default='', max_length=450)),
                ('log_id', models.BigIntegerField(verbose_name='log id')),
                ('body', models.TextField(blank=True)),
                ('made_at', models.FloatField()),
                ('due_at', models.FloatField()),
                ('expires_at', models.FloatField()),
                ('attempts', models.PositiveIntegerField(default=0, verbose_name='attempts')),
                ('is_dead', models.BooleanField(default=False, verbose_name='given up')),
                ('problem', models.CharField(blank=True, max_length=200, verbose_name='problem')),
                ('arrived_at', models.FloatField(null=True)),
                ('endpoint', models.ForeignKey(db_index=False, null=True, on_delete=django.db.models.deletion.CASCADE, related_name='+', to='notifications.endpoint', verbose_name='endpoint')),
            ],
            options={
                'verbose_name': 'delivery',
                'verbose_name_plural': 'deliveries',
                'indexes': [models.Index(condition=models.Q(('endpoint__isnull', False), ('is_dead', False)), fields=['endpoint', 'key', 'id'], name='endpoint_in_order'), models.Index(condition=models.Q(('endpoint__isnull', True), ('is_dead', False)), fields=['lane', 'due_at', 'key'], name='pushes_in_lanes'), models.Index(condition=models.Q(('target_id__isnull', False)), fields=['target_id', 'target_kind'], name='pushes_by_target'), models.Index(condition=models.Q(('is_dead', True)), fields=['id'], name='dead_letters'), models.Index(condition=models.Q(('arrived_at__isnull', False)), fields=['endpoint', 'id'], name='arrived_at_endpoint'), models.Index(condition=models.Q(('arrived_at', None), ('is_dead', True)), fields=['endpoint', 'id'], name='given_up_at_endpoint')],
            },
        ),
        migrations.CreateModel(
            name='Waiting',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('first_id', models.BigIntegerField()),
                ('last_id', models.BigIntegerField()),
                ('due_at', models.FloatField()),
                ('prompt_at', models.FloatField(null=True)),
                ('group', models.OneToOneField(null=True, on_delete=django.db.models.deletion.CASCADE, related_name='+', to='log.group')),
                ('user', models.OneToOneField(null=True, on_delete=django.db.models.deletion.CASCADE, related_name='+', to=settings.AUTH_USER_MODEL)),
            ],
            options={
                'default_permissions': (),
                'indexes': [models.Index(fields=['due_at'], name='waiting_due'), models.Index(fields=['prompt_at'], name='waiting_prompt')],
            },
        ),
    ]
