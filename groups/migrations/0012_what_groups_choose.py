from django.db import migrations, models


# Tables that are in use are changed by one migration each: a change that holds one table and waits for another one
# and a message that does so the other way round would wait for each other.
class Migration(migrations.Migration):

    dependencies = [
        ('groups', '0011_links'),
    ]

    operations = [
        migrations.AddField(
            model_name='group',
            name='history',
            field=models.CharField(choices=[('joined', 'Joined'), ('all', 'All')], db_default='joined', default='joined', editable=False, help_text='What members may read: what was written since they joined, or everything.', max_length=10),
        ),
        migrations.AddField(
            model_name='group',
            name='must_confirm',
            field=models.BooleanField(db_default=False, default=False, editable=False, help_text='Members are asked to confirm the notice.'),
        ),
        migrations.AddField(
            model_name='group',
            name='notice_id',
            field=models.BigIntegerField(db_default=0, default=0, editable=False, help_text='The position in the log at which the notice got its text, if members are to confirm it.'),
        ),
        migrations.AddField(
            model_name='group',
            name='picture',
            field=models.CharField(db_default='', default='', editable=False, help_text='The stored file that the group has instead of the picture of its members.', max_length=100),
        ),
    ]
