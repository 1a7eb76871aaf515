from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('chat', '0020_notify_of_mentions'),
    ]

    operations = [
        migrations.AddField(
            model_name='heldmessage',
            name='details',
            field=models.TextField(null=True),
        ),
    ]
