import django.db.models.deletion
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
            name='OwnDeletion',
            fields=[
                ('user', models.OneToOneField(on_delete=django.db.models.deletion.CASCADE, primary_key=True, related_name='+', serialize=False, to=settings.AUTH_USER_MODEL)),
                ('asked_at', models.DateTimeField()),
                ('promised_at', models.DateTimeField()),
                ('due_at', models.DateTimeField(db_index=True)),
                ('begun_at', models.DateTimeField(null=True)),
            ],
            options={
                'default_permissions': (),
            },
        ),
        migrations.CreateModel(
            name='OwnExport',
            fields=[
                ('user', models.OneToOneField(on_delete=django.db.models.deletion.CASCADE, primary_key=True, related_name='+', serialize=False, to=settings.AUTH_USER_MODEL)),
                ('state', models.CharField(default='waiting', max_length=8)),
                ('asked_at', models.DateTimeField()),
                ('claimed_at', models.DateTimeField(null=True)),
                ('done_at', models.DateTimeField(null=True)),
                ('name', models.CharField(default='', max_length=32)),
                ('size', models.BigIntegerField(null=True)),
                ('failure', models.CharField(db_default='', default='', max_length=16)),
                ('attempts', models.PositiveSmallIntegerField(default=0)),
                ('language', models.CharField(max_length=16)),
                ('zone', models.CharField(max_length=64)),
            ],
            options={
                'default_permissions': (),
            },
        ),
        migrations.CreateModel(
            name='DirectoryGroup',
            fields=[
                ('foreign_id', models.CharField(max_length=100, primary_key=True, serialize=False)),
                ('group', models.OneToOneField(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='log.group')),
            ],
            options={
                'default_permissions': (),
            },
        ),
        migrations.CreateModel(
            name='Erasure',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('target', models.CharField(max_length=80, unique=True)),
                ('at', models.DateTimeField(auto_now_add=True)),
                ('finished_at', models.DateTimeField(null=True)),
                ('is_queued', models.BooleanField(db_default=False, default=False)),
                ('claimed_at', models.DateTimeField(null=True)),
            ],
            options={
                'default_permissions': (),
                'indexes': [models.Index(condition=models.Q(('finished_at', None), ('is_queued', True)), fields=['id'], name='erasures_to_do')],
            },
        ),
        migrations.CreateModel(
            name='Hold',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('reason', models.CharField(max_length=1000)),
                ('made_by', models.CharField(max_length=72)),
                ('made_at', models.DateTimeField(auto_now_add=True)),
                ('group', models.OneToOneField(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='log.group')),
                ('user', models.OneToOneField(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
            ],
            options={
                'default_permissions': (),
                'constraints': [models.CheckConstraint(condition=models.Q(('user', None), ('group', None), _connector='XOR'), name='of_a_person_or_a_group')],
            },
        ),
    ]
