from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('notifications', '0007_replay'),
    ]

    operations = [
        migrations.AddField(
            model_name='delivery',
            name='arrived_at',
            field=models.FloatField(null=True),
        ),
        migrations.AddIndex(
            model_name='delivery',
            index=models.Index(condition=models.Q(('arrived_at__isnull', False)), fields=['endpoint', 'id'], name='arrived_at_endpoint'),
        ),
    ]
