from django.db import migrations


def begin_at_the_end(apps, schema_editor):
    """Nobody is to be told of what is old, so the reader of the log need not walk through it."""
    last = apps.get_model("chat", "Message").objects.order_by("-id").values_list("id", flat=True).first()
    if last:
        apps.get_model("chat", "LogReader").objects.get_or_create(name="notices", defaults={"cursor": last})


class Migration(migrations.Migration):
    dependencies = [("chat", "0010_held_messages"), ("notifications", "0001_notices")]
    operations = [migrations.RunPython(begin_at_the_end, migrations.RunPython.noop)]
