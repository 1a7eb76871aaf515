from django.db import migrations


def begin_anew(apps, schema_editor):
    """On PostgreSQL, too, an entry is a place and a word now. The reader indexes the whole log again; what is in
    the table is replaced."""
    if schema_editor.connection.vendor == 'postgresql':
        apps.get_model('chat', 'LogReader').objects.filter(pk='search').delete()


class Migration(migrations.Migration):

    dependencies = [
        ('chat', '0011_pruned'),
    ]

    operations = [migrations.RunPython(begin_anew, begin_anew)]
