import django.utils.timezone
from django.db import migrations, models


class Migration(migrations.Migration):

    initial = True

    dependencies = [
    ]

    operations = [
        migrations.CreateModel(
            name='FailedAttempt',
            fields=[
                ('key', models.CharField(max_length=32, primary_key=True, serialize=False)),
                ('kind', models.CharField(max_length=20)),
                ('reason', models.CharField(max_length=20)),
                ('text', models.CharField(max_length=200)),
                ('numbers', models.JSONField(db_default=models.Value({}, models.JSONField()), default=dict, help_text='What belongs into the text.')),
                ('passing', models.BooleanField(help_text='The same may go well another time.')),
                ('failed_at', models.DateTimeField(auto_now=True, db_index=True)),
            ],
        ),
        migrations.CreateModel(
            name='StoredFile',
            fields=[
                ('stem', models.CharField(max_length=32, primary_key=True, serialize=False)),
                ('name', models.CharField(max_length=100)),
                ('owner', models.CharField(blank=True, db_default='', default='', help_text='See counting.owner; empty for what was stored before this was noted.', max_length=80)),
                ('created_at', models.DateTimeField(auto_now_add=True)),
                ('used_at', models.DateTimeField(db_index=True, default=django.utils.timezone.now, help_text='When somebody was last told its URL in answer to an upload.')),
            ],
        ),
        migrations.CreateModel(
            name='Document',
            fields=[
                ('id', models.CharField(max_length=32, primary_key=True, serialize=False)),
                ('owner', models.CharField(db_index=True, max_length=80)),
                ('address', models.CharField(db_index=True, max_length=64)),
                ('name', models.CharField(max_length=255)),
                ('size', models.BigIntegerField()),
                ('received', models.BigIntegerField(db_default=0, default=0, help_text='As of the last piece.')),
                ('state', models.CharField(choices=[('arriving', 'Arriving'), ('waiting', 'waiting for the scanner'), ('clean', 'Clean'), ('infected', 'Infected')], db_default='arriving', default='arriving', max_length=16)),
                ('stored', models.CharField(blank=True, db_default='', default='', max_length=100)),
                ('tries', models.IntegerField(db_default=0, default=0, help_text='How often the scanner was asked.')),
                ('due_at', models.DateTimeField(help_text='When the scanner is asked next.', null=True)),
                ('touched_at', models.DateTimeField(default=django.utils.timezone.now, help_text='When the last piece came.')),
                ('preview', models.CharField(blank=True, choices=[('', 'None'), ('due', 'Due'), ('made', 'Made')], db_default='', default='', max_length=8)),
            ],
            options={
                'default_permissions': (),
                'indexes': [models.Index(fields=['state', 'touched_at'], name='documents_by_state')],
            },
        ),
    ]
