"""`manage.py erasures`: the list of whom and what was erased."""

from typing import Any

from django.core.management.base import BaseCommand

from im66.startup import require_database
from keeping.erasing import records


class Command(BaseCommand):
    help = "List the people and messages that were erased, for `restore --erased` after an older backup."
    # For a backup, which is made before the tables are those of a new version.
    requires_system_checks = ()

    def handle(self, **options: Any) -> None:
        require_database()
        for line in records.lines():
            self.stdout.write(line)
