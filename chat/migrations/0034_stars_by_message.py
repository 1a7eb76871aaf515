from django.db import migrations, models


class Migration(migrations.Migration):
    """What is pruned is looked for by message."""

    dependencies = [
        ('chat', '0033_hidden_by_message'),
    ]

    operations = [
        migrations.AlterField(
            model_name='star',
            name='message_id',
            field=models.BigIntegerField(db_index=True),
        ),
    ]
