from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('groups', '0012_what_groups_choose'),
    ]

    operations = [
        migrations.AddField(
            model_name='membership',
            name='nickname',
            field=models.CharField(db_default='', default='', editable=False, max_length=100),
        ),
    ]
