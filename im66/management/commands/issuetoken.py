"""`manage.py issuetoken`: prints a token with which to try token mode, like those of a host application."""

from argparse import ArgumentParser
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from accounts.names.userids import is_userid

HOURS = 24.0


class Command(BaseCommand):
    help = "Print a token for a userid, signed with IM66_TOKEN_SECRET. Whoever has it can act as that person."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("userid", help="whose token it is; the person need not exist")
        parser.add_argument("--hours", type=float, default=HOURS, help=f"how long it is valid ({HOURS:g})")

    def handle(self, *, userid: str, hours: float, **options: Any) -> None:
        from accounts.authentication.tokens import issue

        ours = settings.IM66
        if ours.token_keys:
            raise CommandError("Only the host application has the private key to IM66_TOKEN_KEYS: ask it.")
        if not ours.token_secret:
            raise CommandError("IM66_TOKEN_SECRET is not set, so there is nothing to sign with.")
        if not is_userid(userid):
            raise CommandError(f"{userid!r} is not a userid.")
        if not 0 < hours <= 24 * 366:
            raise CommandError("--hours must be more than 0, and at most a year.")
        self.stdout.write(
            issue(
                ours.token_secret,
                userid,
                seconds=hours * 3600,
                audience=ours.token_audience,
                issuer=ours.token_issuer,
            )
        )
