import accounts.models
import django.db.models.deletion
import django.db.models.functions.text
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):

    initial = True

    dependencies = [
        ('auth', '0012_alter_user_first_name_max_length'),
    ]

    operations = [
        migrations.CreateModel(
            name='User',
            fields=[
                ('password', models.CharField(max_length=128, verbose_name='password')),
                ('last_login', models.DateTimeField(blank=True, null=True, verbose_name='last login')),
                ('is_superuser', models.BooleanField(default=False, help_text='Designates that this user has all permissions without explicitly assigning them.', verbose_name='superuser status')),
                ('userid', models.CharField(max_length=64, primary_key=True, serialize=False, validators=[accounts.models.validate_userid])),
                ('nickname', models.CharField(blank=True, max_length=100)),
                ('avatar', models.CharField(blank=True, help_text='The URL of a picture.', max_length=500)),
                ('is_active', models.BooleanField(default=True, help_text='Without it, all logins are refused, and open connections end.', verbose_name='active')),
                ('muted', models.BooleanField(default=False, help_text='May read but not write.')),
                ('muted_until', models.DateTimeField(blank=True, editable=False, help_text='Empty: for good.', null=True)),
                ('banned_until', models.DateTimeField(blank=True, editable=False, help_text='Empty: for good.', null=True)),
                ('standing_reason', models.TextField(blank=True, db_default='', default='', editable=False, help_text='As the person was told it.', verbose_name='reason')),
                ('muted_reason', models.TextField(blank=True, db_default='', default='', editable=False, help_text='Why the person is muted, while the reason above is that of a lock.')),
                ('proofs_from', models.FloatField(db_default=0.0, default=0.0, editable=False, help_text='Sessions and tokens from before this moment no longer count: seconds since 1970.')),
                ('tokens_from', models.FloatField(db_default=0.0, default=0.0, editable=False, help_text='Tokens from before this moment no longer count: seconds since 1970.')),
                ('email', models.EmailField(blank=True, db_default='', default='', max_length=254, verbose_name='mail address')),
                ('confirmed_email', models.CharField(blank=True, db_default='', default='', editable=False, help_text='The address that the person has confirmed.', max_length=254)),
                ('is_staff', models.BooleanField(default=False, help_text='May enter the admin.', verbose_name='staff')),
                ('is_bot', models.BooleanField(db_default=False, default=False, editable=False, help_text='A program. Set by the services only.')),
                ('date_joined', models.DateTimeField(auto_now_add=True)),
                ('learned', models.CharField(blank=True, db_default='', default='', editable=False, help_text="What was learned of name and picture from the person's messages, as a digest.", max_length=32)),
                ('spelled_name', models.CharField(blank=True, db_default='', default='', editable=False, help_text='The nickname of which `spelling` is.', max_length=100)),
                ('spelling', models.TextField(blank=True, db_default='', default='', editable=False, help_text='In pinyin, to be found by it.')),
                ('delivered_id', models.BigIntegerField(default=0, editable=False, help_text='Everything in the log up to this id has reached this person.')),
                ('groups', models.ManyToManyField(blank=True, help_text='The groups this user belongs to. A user will get all permissions granted to each of their groups.', related_name='user_set', related_query_name='user', to='auth.group', verbose_name='groups')),
                ('user_permissions', models.ManyToManyField(blank=True, help_text='Specific permissions for this user.', related_name='user_set', related_query_name='user', to='auth.permission', verbose_name='user permissions')),
            ],
            options={
                'ordering': ['userid'],
                'permissions': [('set_standing', 'Can mute and lock users')],
            },
        ),
        migrations.CreateModel(
            name='ApiKey',
            fields=[
                ('public_id', models.CharField(editable=False, max_length=16, primary_key=True, serialize=False, verbose_name='id')),
                ('name', models.CharField(help_text='Which backend has it.', max_length=100)),
                ('digest', models.CharField(editable=False, max_length=64)),
                ('scopes', models.CharField(help_text='What it may be used for.', max_length=100)),
                ('made_at', models.DateTimeField(auto_now_add=True, verbose_name='made')),
                ('seen_at', models.DateTimeField(editable=False, null=True, verbose_name='last use')),
                ('revoked_at', models.DateTimeField(editable=False, null=True, verbose_name='revoked')),
            ],
            options={
                'verbose_name': 'API key',
                'ordering': ['-made_at'],
            },
        ),
        migrations.CreateModel(
            name='CustomFields',
            fields=[
                ('user', models.OneToOneField(on_delete=django.db.models.deletion.CASCADE, primary_key=True, related_name='custom_fields', serialize=False, to=settings.AUTH_USER_MODEL)),
                ('values', models.JSONField(default=dict)),
            ],
            options={
                'default_permissions': (),
            },
        ),
        migrations.CreateModel(
            name='BrowserLogin',
            fields=[
                ('session_key', models.CharField(max_length=40, primary_key=True, serialize=False)),
                ('agent', models.CharField(db_default='', default='', max_length=200)),
                ('address', models.CharField(db_default='', default='', max_length=64)),
                ('at', models.DateTimeField()),
                ('by_code', models.BooleanField(db_default=False, default=False, help_text='Another device has confirmed it, and nothing was typed.')),
                ('provider_session', models.CharField(db_default='', default='', max_length=255)),
                ('provider_at', models.FloatField(null=True)),
                ('user', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='+', to=settings.AUTH_USER_MODEL)),
            ],
            options={
                'default_permissions': (),
                'indexes': [models.Index(fields=['provider_session'], name='of_provider')],
            },
        ),
        migrations.CreateModel(
            name='SignInCode',
            fields=[
                ('digest', models.CharField(max_length=64, primary_key=True, serialize=False)),
                ('secret', models.CharField(max_length=64, unique=True)),
                ('agent', models.CharField(max_length=200)),
                ('address', models.CharField(max_length=64)),
                ('begun_at', models.DateTimeField()),
                ('expires_at', models.DateTimeField(db_index=True)),
                ('is_seen', models.BooleanField(default=False)),
                ('is_refused', models.BooleanField(default=False)),
                ('stamp', models.CharField(help_text="What the person's logins were known by then.", max_length=128)),
                ('user', models.ForeignKey(null=True, on_delete=django.db.models.deletion.CASCADE, related_name='+', to=settings.AUTH_USER_MODEL)),
            ],
            options={
                'default_permissions': (),
            },
        ),
        migrations.CreateModel(
            name='Invitation',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('digest', models.CharField(editable=False, max_length=64, unique=True)),
                ('userid', models.CharField(blank=True, help_text='The userid of whoever uses the invitation. Empty: they choose one.', max_length=64, validators=[accounts.models.validate_userid])),
                ('makes_admin', models.BooleanField(default=False, editable=False, help_text="The account is the first administrator's.")),
                ('made_at', models.DateTimeField(auto_now_add=True)),
                ('expires_at', models.DateTimeField(default=accounts.models.in_some_days)),
                ('revoked_at', models.DateTimeField(editable=False, null=True)),
                ('used_at', models.DateTimeField(editable=False, null=True)),
                ('made_by', models.ForeignKey(editable=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('used_by', models.OneToOneField(editable=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
            ],
            options={
                'ordering': ['-made_at'],
            },
        ),
        migrations.CreateModel(
            name='KeyedCall',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('digest', models.CharField(max_length=64, unique=True)),
                ('caller', models.CharField(max_length=100)),
                ('userid', models.CharField(db_index=True, max_length=64)),
                ('fingerprint', models.CharField(max_length=64)),
                ('run', models.CharField(max_length=32)),
                ('runs_until', models.DateTimeField()),
                ('is_done', models.BooleanField(db_default=False, default=False)),
                ('status', models.SmallIntegerField(null=True)),
                ('head', models.TextField(db_default='', default='')),
                ('body', models.TextField(db_default='', default='')),
                ('size', models.IntegerField(db_default=0, default=0)),
                ('made_at', models.DateTimeField(db_index=True)),
            ],
            options={
                'default_permissions': (),
                'indexes': [models.Index(fields=['caller', '-id'], name='latest_of_caller')],
            },
        ),
        migrations.AddIndex(
            model_name='user',
            index=models.Index(condition=models.Q(('muted_until__isnull', False)), fields=['muted_until'], name='ends_muted_until'),
        ),
        migrations.AddIndex(
            model_name='user',
            index=models.Index(condition=models.Q(('banned_until__isnull', False)), fields=['banned_until'], name='ends_banned_until'),
        ),
        migrations.AddIndex(
            model_name='user',
            index=models.Index(condition=models.Q(('spelled_name', models.F('nickname')), _negated=True), fields=['userid'], name='not_spelled'),
        ),
        migrations.AddIndex(
            model_name='user',
            index=models.Index(django.db.models.functions.text.Lower('confirmed_email'), condition=models.Q(('confirmed_email__gt', '')), name='has_confirmed'),
        ),
    ]
