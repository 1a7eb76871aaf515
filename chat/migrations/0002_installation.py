from django.conf import settings
from django.db import migrations, models


def bring_cursors_back(apps, schema_editor):
    """Whoever's cursor stands beyond the end of the log, where forged news could put it, misses all that comes."""
    log = apps.get_model("chat", "Message").objects
    end = log.order_by("-id").values_list("id", flat=True).first() or 0
    people = apps.get_model(settings.AUTH_USER_MODEL).objects
    people.filter(delivered_id__gt=end).update(delivered_id=end)


class Migration(migrations.Migration):

    dependencies = [
        ('chat', '0001_initial'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name='Installation',
            fields=[
                ('id', models.PositiveSmallIntegerField(primary_key=True, serialize=False)),
                ('key', models.CharField(max_length=64)),
            ],
            options={
                'constraints': [models.CheckConstraint(condition=models.Q(('id', 1)), name='one_installation')],
            },
        ),
        migrations.RunPython(bring_cursors_back, migrations.RunPython.noop, elidable=True),
    ]
