from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("chat", "0037_unicast_messages")]

    operations = [
        migrations.AddIndex(
            model_name="conversation",
            index=models.Index(
                condition=models.Q(("cleared_id__gt", 0)),
                fields=["user", "cleared_id"],
                name="cleared_by_person",
            ),
        ),
    ]
