from django.db import migrations, models


class Migration(migrations.Migration):
    """What is pruned is looked for by message."""

    dependencies = [
        ('chat', '0032_stickers'),
    ]

    operations = [
        migrations.AlterField(
            model_name='hidden',
            name='message_id',
            field=models.BigIntegerField(db_index=True),
        ),
    ]
