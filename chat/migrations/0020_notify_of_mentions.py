from django.db import migrations, models


# Tables that are in use are changed by one migration each: a change that holds one table and waits for another one
# and a message that does so the other way round would wait for each other.
class Migration(migrations.Migration):

    dependencies = [
        ('chat', '0019_pins'),
    ]

    operations = [
        migrations.AddField(
            model_name='conversation',
            name='mentions_only',
            field=models.BooleanField(db_default=False, default=False),
        ),
    ]
