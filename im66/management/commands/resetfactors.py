"""`manage.py resetfactors`: removes the second factors of a person, for example of one who has lost them."""

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from accounts import logins
from accounts.authentication import second_factor
from accounts.models import User
from im66.startup import require_tables
from moderation import audit
from moderation.moderators import COMMAND


class Command(BaseCommand):
    help = "Remove a person's second factors, and end all logins of theirs."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("userid")
        parser.add_argument("--reason", required=True, help="why, for the audit log")

    def handle(self, *, userid: str, reason: str, **options: Any) -> None:
        require_tables()
        if not User.objects.filter(pk=userid).exists():
            raise CommandError(f"Nobody has the userid {userid}.")
        number = second_factor.remove_all(userid)
        logins.end_others(userid, "")
        audit.record(COMMAND, "person.reset_factors", f"u:{userid}", reason)
        self.stdout.write(f"{userid} has no second factor any more ({number} removed).")
