from django.db import migrations, models, transaction
from django.db.models.functions import Coalesce

# How many groups one transaction looks at. Other writers get their turn between two transactions.
TOGETHER = 500


def give_owners(apps, schema_editor):
    """Each group in which somebody is gets an owner: the admin who has been in it for longest, or else the
    member. What is done stays done if it is interrupted."""
    after = 0
    while after is not None:
        with transaction.atomic():
            after = _give_owners(apps, after)


def _give_owners(apps, after):
    """For the next groups after this id; the id of the last of them, None if there are none."""
    # Locked, as by whoever changes their members.
    groups = apps.get_model('groups', 'Group').objects.select_for_update(no_key=True)
    ids = list(
        groups.filter(pk__gt=after, dissolved_at=None).order_by('pk').values_list('pk', flat=True)[:TOGETHER]
    )
    current = apps.get_model('groups', 'Membership').objects.filter(until_id=None)
    owned = current.filter(group__in=ids, role='owner').values('group')
    heirs = (
        current.filter(group__in=ids)
        .exclude(group__in=owned)
        .values('group')
        .annotate(heir=Coalesce(models.Min('pk', filter=models.Q(role='admin')), models.Min('pk')))
        .order_by()
    )
    current.filter(pk__in=list(heirs.values_list('heir', flat=True))).update(role='owner')
    return ids[-1] if ids else None


class Migration(migrations.Migration):

    # One transaction for all groups would keep everybody else waiting.
    atomic = False

    dependencies = [
        ('groups', '0003_stays_end_with_a_last_id'),
    ]

    operations = [
        migrations.AlterField(
            model_name='membership',
            name='role',
            field=models.CharField(choices=[('owner', 'Owner'), ('admin', 'Admin'), ('member', 'Member')], default='member', max_length=10),
        ),
        migrations.RunPython(give_owners, migrations.RunPython.noop),
    ]
