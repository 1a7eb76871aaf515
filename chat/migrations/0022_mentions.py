from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('chat', '0021_details_of_held_messages'),
    ]

    operations = [
        migrations.AddField(
            model_name='message',
            name='details',
            field=models.TextField(null=True),
        ),
        migrations.CreateModel(
            name='Mention',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('group_id', models.BigIntegerField()),
                ('userid', models.CharField(blank=True, max_length=64)),
                ('message_id', models.BigIntegerField()),
                ('sender', models.CharField(max_length=64)),
            ],
            options={
                'default_permissions': (),
                'indexes': [models.Index(fields=['message_id'], name='mentions_of_message')],
                'constraints': [models.UniqueConstraint(fields=('group_id', 'userid', 'message_id'), name='mentioned_once')],
            },
        ),
    ]
