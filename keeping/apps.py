from typing import Any

from django.apps import AppConfig, apps
from django.core.management.base import CommandError
from django.db.models.signals import pre_migrate


class KeepingConfig(AppConfig):
    name = "keeping"

    def ready(self) -> None:
        from accounts import figures
        from chat.delivery.runtime import add_background_task
        from keeping.backups.latest import BEGAN, COPIED, FAILED, LATEST
        from keeping.erasing import messages  # noqa: F401 - connects a receiver
        from keeping.erasing.background import erase_all
        from keeping.own import running

        add_background_task(running.watch)
        figures.register(LATEST, FAILED, BEGAN, COPIED)
        add_background_task(erase_all)
        # The signal is sent once for each app with models; one of them is enough.
        pre_migrate.connect(_refuse_unfinished_restore, sender=apps.get_app_config("chat"))


def _refuse_unfinished_restore(**_signal: Any) -> None:
    """Refuse to migrate an empty database that is marked as the target of a restore."""
    from keeping import unfinished
    from keeping.backups import databases
    from keeping.errors import MaintenanceRefused

    try:
        if not databases.is_loaded():
            unfinished.require_complete()
    except MaintenanceRefused as refused:
        raise CommandError(str(refused)) from refused
