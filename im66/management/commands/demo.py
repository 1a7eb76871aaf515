"""`im66 demo`: creates and serves a demo for a first visitor: people, conversations and an administrator."""

import secrets
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandError

from accounts.demo_people import DEMO_PEOPLE
from accounts.models import User
from accounts.services import is_open
from im66.demo.making import ensure_demo
from im66.demo.talk import FRIENDS
from im66.management.commands.serve import HOST, PORT
from im66.startup import require_address, require_tables

ADMIN = "admin"

WELCOME = """
im66 demo
  people  {people}; group {group} is {group_name}
  admin   at /admin/, userid {admin}, {password}
  data    in {folder}

{mode}
"""
OPEN_MODE = "Open mode: the server believes every userid. Use it only for demos and in closed networks."
TOKEN_MODE = "Token mode: log in with what `im66 issuetoken alice` prints."


class Command(BaseCommand):
    help = (
        "Make the people, the talk and the admin of a demo, say who they are, and serve. May be repeated. "
        "Refused in production."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--host", default=HOST, help=f"the address to listen on ({HOST})")
        parser.add_argument("--port", type=int, default=PORT, help=f"the port, 0 for a free one ({PORT})")
        parser.add_argument("--no-serve", action="store_true", help="only make the demo")

    def handle(self, *, host: str, port: int, no_serve: bool, **options: Any) -> None:
        if settings.IM66.production:
            raise CommandError("It makes people and a superuser: refused with IM66_PRODUCTION=true.")
        if no_serve:
            self._make()
            return
        # Checked first, because making the demo takes long.
        require_address(host, port)
        self._make()
        call_command("serve", host=host, port=port, stdout=self.stdout)

    def _make(self) -> None:
        call_command("migrate", verbosity=0)
        require_tables()
        demo = ensure_demo()
        for name, reason in demo.failed.items():
            self.stdout.write(f"The demo goes without its file {name}: {reason}")
        self.stdout.write(
            WELCOME.format(
                admin=ADMIN,
                password=_admin_password(settings.IM66.data_dir / "admin-password"),
                people=", ".join(DEMO_PEOPLE),
                group=demo.group,
                group_name=FRIENDS,
                mode=OPEN_MODE if is_open() else TOKEN_MODE,
                folder=settings.IM66.data_dir,
            )
        )


def _admin_password(file: Path) -> str:
    """Return a text with the admin's password, which is generated once and stored in a file that only the
    operator can read."""
    if not User.objects.filter(pk=ADMIN).exists():
        password = secrets.token_urlsafe(12)
        file.touch(mode=0o600)
        file.write_text(password)
        User.objects.create_superuser(ADMIN, password)
    if file.exists():
        return f"password {file.read_text()} (kept in {file})"
    return "with the password it was given"
