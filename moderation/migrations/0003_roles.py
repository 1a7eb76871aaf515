from django.contrib.auth.management import create_permissions
from django.db import migrations

from moderation.roles import make_roles


def make(apps, schema_editor):
    """Django makes permissions only after all migrations."""
    for label in ('accounts', 'auth', 'moderation'):
        app = apps.get_app_config(label)
        app.models_module = True
        create_permissions(app, verbosity=0, using=schema_editor.connection.alias, apps=apps)
        app.models_module = None
    make_roles(apps)


class Migration(migrations.Migration):

    dependencies = [
        ('moderation', '0002_append_only'),
        ('accounts', '0005_permission_to_set_standing'),
        ('auth', '0012_alter_user_first_name_max_length'),
        ('contenttypes', '0002_remove_content_type_name'),
    ]

    operations = [
        migrations.RunPython(make, migrations.RunPython.noop),
    ]
