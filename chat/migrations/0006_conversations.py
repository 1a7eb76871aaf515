from django.db import migrations

from chat.pairs import begin_from_log, begin_in_groups


def begin(apps, schema_editor):
    """All conversations that there are begin, and what is in the log counts as read: nobody finds years of
    unread messages."""
    last = apps.get_model('chat', 'Message').objects.order_by('-id').values_list('id', flat=True).first() or 0
    begin_from_log(last)
    begin_in_groups(last)


class Migration(migrations.Migration):

    dependencies = [
        ('chat', '0005_amendments'),
        ('groups', '0004_roles'),
    ]

    operations = [migrations.RunPython(begin, migrations.RunPython.noop)]
