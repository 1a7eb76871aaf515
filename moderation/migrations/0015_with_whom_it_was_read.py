"""With whom a conversation was read, in the audit log.

By SQL: Django changes a table of SQLite by copying it, without the triggers that keep the audit log.
"""

from django.db import migrations, models

TABLE = 'moderation_auditentry'


class Migration(migrations.Migration):

    dependencies = [
        ('moderation', '0014_on_whose_behalf'),
    ]

    operations = [
        migrations.RunSQL(
            [
                f'ALTER TABLE {TABLE} ADD COLUMN peer varchar(64) NULL',
                f'CREATE INDEX audit_read_with ON {TABLE} (peer, id DESC) WHERE peer IS NOT NULL',
            ],
            [
                'DROP INDEX audit_read_with',
                f'ALTER TABLE {TABLE} DROP COLUMN peer',
            ],
            state_operations=[
                migrations.AddField(
                    model_name='auditentry',
                    name='peer',
                    field=models.CharField(max_length=64, null=True),
                ),
                migrations.AddIndex(
                    model_name='auditentry',
                    index=models.Index(
                        condition=models.Q(('peer__isnull', False)),
                        fields=['peer', '-id'],
                        name='audit_read_with',
                    ),
                ),
            ],
        ),
    ]
