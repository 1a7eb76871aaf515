from django.db import migrations


class Migration(migrations.Migration):
    # What the model is called, which no table says.

    dependencies = [
        ('notifications', '0008_arrived'),
    ]

    operations = [
        migrations.AlterModelOptions(
            name='hook',
            options={'ordering': ['-made_at'], 'verbose_name': 'bot', 'verbose_name_plural': 'bots'},
        ),
    ]
