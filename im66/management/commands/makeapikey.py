"""`manage.py makeapikey`: makes an API key for a trusted backend and prints it once."""

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from accounts.authentication import api_keys
from accounts.authentication.proofs import Scope
from accounts.models import KEY_NAME_LENGTH

_DEFAULT = ", ".join(api_keys.DEFAULT_SCOPES)


class Command(BaseCommand):
    help = "Make an API key and print it. It is shown only here; the database keeps a hash."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("name", help="which backend gets it")
        parser.add_argument(
            "--scope",
            action="append",
            choices=[scope.value for scope in Scope],
            help=f"what it may be used for; may be given several times (default: {_DEFAULT})",
        )

    def handle(self, *, name: str, scope: list[str] | None, **options: Any) -> None:
        if not name.strip() or not name.isprintable() or len(name) > KEY_NAME_LENGTH:
            raise CommandError(f"A name is 1 to {KEY_NAME_LENGTH} printable characters.")
        self.stdout.write(api_keys.make(name, scope or api_keys.DEFAULT_SCOPES).text)
