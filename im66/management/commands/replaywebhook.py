"""`manage.py replaywebhook`: sends past events to an endpoint again."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import transaction

from moderation import audit
from moderation.moderators import COMMAND
from notifications.models import Endpoint
from notifications.sending import replaying


class Command(BaseCommand):
    help = "Send an endpoint the events of the log after a position again."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("endpoint", help="its name or its number")
        parser.add_argument("--after", type=int, help="the id of the last event that it has; 0: all")
        parser.add_argument("--upto", type=int, help="the last id; by default the last one sent so far")
        parser.add_argument("--stop", action="store_true", help="stop sending again")

    def handle(self, *args: Any, **options: Any) -> None:
        endpoint, after, upto = _endpoint(options["endpoint"]), options["after"], options["upto"]
        if (after is None) is not options["stop"] or min(after or 0, upto or 0) < 0:
            raise CommandError("Give --after, a position that is not negative, or --stop.")
        with transaction.atomic():
            if options["stop"]:
                replaying.stop_replay(endpoint.pk)
            else:
                replaying.begin_replay(endpoint.pk, after, upto)
            details = {"stopped": True} if options["stop"] else {"after": after, "upto": upto}
            audit.record(COMMAND, "endpoint.replay", f"endpoint:{endpoint.pk}", **details)
        self.stdout.write("Stopped." if options["stop"] else "A server process sends them again now.")


def _endpoint(name_or_id: str) -> Endpoint:
    endpoints = Endpoint.objects.filter(name=name_or_id)
    if name_or_id.isascii() and name_or_id.isdigit() and not endpoints:
        endpoints = Endpoint.objects.filter(pk=name_or_id)
    if len(endpoints) != 1:
        raise CommandError(f"{len(endpoints)} endpoints are called {name_or_id!r}.")
    return endpoints[0]
