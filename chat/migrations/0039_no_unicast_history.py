from django.db import migrations


class Migration(migrations.Migration):
    # In a transaction of its own: to build an index and to drop one lock the table in two ways, and a message
    # that has read it before it is written would wait for the second, which waits for the message.
    dependencies = [("chat", "0038_cleared_by_person")]

    operations = [migrations.RemoveIndex(model_name="message", name="unicast_history")]
