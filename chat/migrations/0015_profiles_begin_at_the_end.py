from django.db import migrations


def begin_at_the_end(apps, schema_editor):
    """Names are learned from messages to come, so the reader of the log need not walk through those that are
    there."""
    last = apps.get_model("chat", "Message").objects.order_by("-id").values_list("id", flat=True).first()
    if last:
        apps.get_model("chat", "LogReader").objects.get_or_create(name="profiles", defaults={"cursor": last})


class Migration(migrations.Migration):
    dependencies = [("chat", "0014_reaction_tallies")]
    operations = [migrations.RunPython(begin_at_the_end, migrations.RunPython.noop)]
