"""On whose behalf a backend acted, in the audit log; and which keys were noted today.

By SQL: Django changes a table of SQLite by copying it, without the triggers that keep the audit log.
"""

from django.db import migrations, models

TABLE = 'moderation_auditentry'


class Migration(migrations.Migration):

    dependencies = [
        ('moderation', '0013_last_addresses'),
    ]

    operations = [
        migrations.RunSQL(
            [
                f'ALTER TABLE {TABLE} ADD COLUMN acted_for varchar(64) NULL',
                f'CREATE INDEX audit_on_behalf_of ON {TABLE} (acted_for, id DESC) WHERE acted_for IS NOT NULL',
            ],
            [
                'DROP INDEX audit_on_behalf_of',
                f'ALTER TABLE {TABLE} DROP COLUMN acted_for',
            ],
            state_operations=[
                migrations.AddField(
                    model_name='auditentry',
                    name='acted_for',
                    field=models.CharField(max_length=64, null=True),
                ),
                migrations.AddIndex(
                    model_name='auditentry',
                    index=models.Index(
                        condition=models.Q(('acted_for__isnull', False)),
                        fields=['acted_for', '-id'],
                        name='audit_on_behalf_of',
                    ),
                ),
            ],
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
                'constraints': [
                    models.UniqueConstraint(fields=('day', 'key', 'subject'), name='noted_once_a_day'),
                ],
            },
        ),
    ]
