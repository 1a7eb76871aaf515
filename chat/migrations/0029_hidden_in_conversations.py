from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('chat', '0028_hidden'),
    ]

    operations = [
        migrations.AddField(
            model_name='conversation',
            name='hidden_count',
            field=models.IntegerField(db_default=0, default=0),
        ),
    ]
