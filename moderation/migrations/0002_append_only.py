from django.db import migrations, models

TABLE = 'moderation_auditentry'
TOLD = 'the audit log is only added to'

SQLITE = [
    f"CREATE TRIGGER audit_not_changed BEFORE UPDATE ON {TABLE} BEGIN SELECT RAISE(ABORT, '{TOLD}'); END",
    f"CREATE TRIGGER audit_not_deleted BEFORE DELETE ON {TABLE} BEGIN SELECT RAISE(ABORT, '{TOLD}'); END",
    # What INSERT OR REPLACE replaces is deleted without a trigger.
    f"""
    CREATE TRIGGER audit_not_replaced BEFORE INSERT ON {TABLE}
    WHEN EXISTS (SELECT 1 FROM {TABLE} WHERE id = NEW.id)
    BEGIN SELECT RAISE(ABORT, '{TOLD}'); END
    """,
]
SQLITE_BACK = [
    'DROP TRIGGER audit_not_changed',
    'DROP TRIGGER audit_not_deleted',
    'DROP TRIGGER audit_not_replaced',
]
POSTGRESQL = [
    f"""
    CREATE FUNCTION moderation_audit_is_kept() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN RAISE EXCEPTION '{TOLD}' USING ERRCODE = 'integrity_constraint_violation'; END $$
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
POSTGRESQL_BACK = [
    f'DROP TRIGGER audit_not_changed ON {TABLE}',
    f'DROP TRIGGER audit_not_emptied ON {TABLE}',
    'DROP FUNCTION moderation_audit_is_kept()',
]


def hold(apps, schema_editor):
    run(schema_editor, SQLITE, POSTGRESQL)


def let_go(apps, schema_editor):
    run(schema_editor, SQLITE_BACK, POSTGRESQL_BACK)


def run(schema_editor, sqlite, postgresql):
    is_postgresql = schema_editor.connection.vendor == 'postgresql'
    for statement in postgresql if is_postgresql else sqlite:
        schema_editor.execute(statement)


class Migration(migrations.Migration):

    dependencies = [
        ('moderation', '0001_audit'),
    ]

    operations = [
        migrations.AddIndex(
            model_name='auditentry',
            index=models.Index(fields=['time'], name='audit_at'),
        ),
        migrations.RunPython(hold, let_go),
        migrations.AlterModelOptions(
            name='auditentry',
            options={'default_permissions': (), 'managed': False, 'ordering': ['-id'], 'permissions': (('read_desk', 'Can read the desk'), ('act_on_people', 'Can mute, ban, warn and disconnect people'), ('act_on_groups', 'Can moderate groups'), ('act_on_messages', 'Can recall, restore and erase messages'), ('handle_reports', 'Can handle reports'), ('change_rules', 'Can change rules'), ('read_private', 'Can read private conversations, for a reason'), ('see_reporters', 'Can see who has reported'), ('view_audit', 'Can read the audit log'), ('export_audit', 'Can export the audit log')), 'verbose_name': 'audit entry', 'verbose_name_plural': 'audit log'},
        ),
    ]
