from django.db import migrations

MARK = "UPDATE accounts_user SET is_bot = TRUE WHERE userid IN (SELECT user_id FROM chat_bot)"


class Migration(migrations.Migration):
    dependencies = [
        ("accounts", "0012_is_bot"),
        ("chat", "0035_bots"),
    ]

    operations = [migrations.RunSQL(MARK, migrations.RunSQL.noop)]
