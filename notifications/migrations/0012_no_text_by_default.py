from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("notifications", "0011_bots_are_known")]

    operations = [
        migrations.AlterField(
            model_name="endpoint",
            name="with_text",
            field=models.BooleanField(
                default=False, help_text="Whether it is told what messages say.", verbose_name="with text"
            ),
        ),
    ]
