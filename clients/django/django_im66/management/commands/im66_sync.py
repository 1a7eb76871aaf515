from argparse import ArgumentParser
from collections import Counter
from typing import Any

from django.contrib.auth import get_user_model
from django.core.management.base import BaseCommand, CommandError

from django_im66 import people


class Command(BaseCommand):
    help = "Brings the people of the chat server in step with all users. It may be repeated."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--dry-run", action="store_true", help="only say what would change")

    def handle(self, *, dry_run: bool, **_: Any) -> None:
        results: Counter[str] = Counter()
        try:
            for outcome in people.sync(get_user_model().objects.order_by("pk").iterator(), dry_run=dry_run):
                results[outcome.get("result", "failed")] += 1
                if error := outcome.get("error"):
                    self.stderr.write(f"{outcome['userid']}: {error.get('reason', error)}")
        except OSError as error:
            raise CommandError(f"The chat server does not answer as it should: {error}") from error
        self.stdout.write(
            ", ".join(f"{count} {name}" for name, count in sorted(results.items())) or "No users."
        )
        if results["failed"]:
            raise CommandError(f"{results['failed']} were refused.")
