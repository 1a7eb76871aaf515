"""`manage.py erasures`: lists the erased people and messages."""

from typing import Any

from django.core.management.base import BaseCommand

from im66.startup import require_database
from keeping.erasing import records


class Command(BaseCommand):
    help = "List the people and messages that were erased, for `restore --erased` after an older backup."
    # The list belongs to a backup, which is made before the database is migrated.
    requires_system_checks = ()

    def handle(self, **options: Any) -> None:
        require_database()
        for line in records.list_lines():
            self.stdout.write(line)
