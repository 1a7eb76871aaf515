from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('chat', '0023_files_of_a_conversation'),
    ]

    operations = [
        migrations.AddField(
            model_name='conversation',
            name='request',
            field=models.BooleanField(db_default=False, default=False),
        ),
    ]
