from django.db import migrations


def know(apps, _):
    """Earlier versions knew of a bot by its secret alone, and let it into one group. Nobody but the people of
    that group gets to know those that people have made."""
    Bot, Privacy = apps.get_model('chat', 'Bot'), apps.get_model('chat', 'Privacy')
    hooks = list(apps.get_model('notifications', 'Hook').objects.values_list('bot_id', 'made_by_id'))
    Bot.objects.bulk_create(
        [Bot(user_id=bot, commands=[]) for bot, _ in hooks],
        ignore_conflicts=True, batch_size=500,
    )
    Privacy.objects.bulk_create(
        [Privacy(user_id=bot, write='known', find='known', invite='known') for bot, by in hooks if by],
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
