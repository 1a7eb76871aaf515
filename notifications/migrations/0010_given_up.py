from django.db import migrations, models


class Migration(migrations.Migration):
    """Deliveries that were given up are counted without those that have arrived."""

    dependencies = [
        ('notifications', '0009_bots'),
    ]

    operations = [
        migrations.AddIndex(
            model_name='delivery',
            index=models.Index(
                condition=models.Q(('arrived_at', None), ('is_dead', True)),
                fields=['endpoint', 'id'],
                name='given_up_at_endpoint',
            ),
        ),
    ]
