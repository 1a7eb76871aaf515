from django.db import migrations


def know(apps, _):
    """Earlier versions knew of a bot by its secret alone, and let it into one group. Nobody but the people of
    that group gets to know those that people have made."""
    hooks = apps.get_model('notifications', 'Hook').objects.values_list('bot_id', 'made_by_id')
    hooks = list(hooks)
    apps.get_model('chat', 'Bot').objects.bulk_create(
        [apps.get_model('chat', 'Bot')(user_id=bot, commands=[]) for bot, _ in hooks],
        ignore_conflicts=True, batch_size=500,
    )
    privacy = apps.get_model('chat', 'Privacy')
    privacy.objects.bulk_create(
        [privacy(user_id=bot, write='known', find='known', invite='known') for bot, by in hooks if by],
        ignore_conflicts=True, batch_size=500,
    )


class Migration(migrations.Migration):

    dependencies = [
        ('chat', '0035_bots'),
        ('notifications', '0010_given_up'),
    ]

    operations = [
        migrations.RunPython(know, migrations.RunPython.noop),
    ]
