"""`manage.py ownrequests`: makes the copies of data, and the erasures, that people have requested."""

import os
from typing import Any

from django.core.management.base import BaseCommand

from im66 import __version__
from im66.startup import require_tables
from keeping.own.running import do_all

_NICE = 10


class Command(BaseCommand):
    help = (
        "Make the copies of their data that people have asked for, remove those that have expired, and erase "
        "accounts whose time is over. The server runs it by itself."
    )

    def handle(self, **options: Any) -> None:
        os.nice(_NICE)
        require_tables()
        do_all(__version__)
