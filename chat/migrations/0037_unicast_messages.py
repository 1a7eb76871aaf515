from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("chat", "0036_mark_bots")]

    operations = [
        migrations.AddIndex(
            model_name="message",
            index=models.Index(
                condition=models.Q(
                    ("recipient__isnull", False),
                    models.Q(("kind__in", ("recall", "edit", "reaction")), _negated=True),
                ),
                fields=["sender", "recipient", "id"],
                name="unicast_messages",
            ),
        ),
    ]
