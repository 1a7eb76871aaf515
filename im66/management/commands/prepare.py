"""`im66 prepare`: migrates the database and ensures an administrator, before the first start of a version."""

from typing import Any

from django.conf import settings
from django.core.management import call_command
from django.core.management.base import BaseCommand
from django.urls import reverse

from im66.management.commands.serve import PORT
from im66.preparing import LINK_HOURS, ensure_admin, prepare_lock

_LINK = """
There is no administrator yet. To become one, open this address within {hours} hours. It works once:

  {url}
"""
_UNKNOWN_ADDRESS = (
    f"http://localhost:{PORT}",
    "The server does not know its own address, because IM66_PUBLIC_URL is not set. If this one does not lead "
    "to it, put the right one in its place.\n",
)


class Command(BaseCommand):
    help = (
        "Make or update the tables and, while there is no administrator, print the address that makes one. "
        "May be repeated, and run by several processes at once."
    )

    def handle(self, *, verbosity: int, **options: Any) -> None:
        with prepare_lock(lambda: self._write("Another process prepares the database. Waiting for it.")):
            call_command("migrate", verbosity=verbosity, interactive=False, stdout=self.stdout)
            code = ensure_admin()
        if code:
            self._write_link(code)

    def _write_link(self, code: str) -> None:
        site, hint = (settings.IM66.public_url, "") if settings.IM66.public_url else _UNKNOWN_ADDRESS
        url = site + reverse("invitation", args=[code])
        self._write(_LINK.format(hours=LINK_HOURS, url=url) + hint)

    def _write(self, text: str) -> None:
        self.stdout.write(text)
        self.stdout.flush()
