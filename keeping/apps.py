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
        # Told of once for each app that has models.
        pre_migrate.connect(_refuse_half_a_place, sender=apps.get_app_config("chat"))


def _refuse_half_a_place(**_about: Any) -> None:
    """An empty database with the mark of a restore is not to become an empty installation."""
    from keeping import unfinished
    from keeping.backups import databases
    from keeping.errors import MaintenanceRefused

    try:
        if not databases.is_loaded():
            unfinished.require_complete()
    except MaintenanceRefused as refused:
        raise CommandError(str(refused)) from refused
