"""`manage.py eraseuser`: erases a person and their messages."""

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from im66.keeping import reporting_refusals, show_row_progress
from im66.startup import WRONG, require_tables
from keeping.acting import COMMAND
from keeping.erasing import people, scrubbing, under_hold
from keeping.erasing.people import ErasurePlan


class Command(BaseCommand):
    help = (
        "Erase a person, and all that they wrote, for good. It may run while the server does, and may be "
        "run again. Without --yes nothing is erased."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("userid")
        parser.add_argument("--yes", action="store_true", help="do it")
        parser.add_argument("--dry-run", action="store_true", help="only say what would go")
        parser.add_argument("--reason", default="", help="why, for the audit log")
        parser.add_argument(
            "--no-vacuum",
            dest="vacuum",
            action="store_false",
            help="do not overwrite in the database's files what was erased; run it again in a quiet hour",
        )

    def handle(
        self, *, userid: str, yes: bool, dry_run: bool, reason: str, vacuum: bool, **options: Any
    ) -> None:
        require_tables()
        with reporting_refusals():
            people.require_erasable(userid)
            under_hold.require_person_free(userid)
            if dry_run or not yes:
                self._say_what_would_go(userid, is_dry_run=dry_run)
                return
            done = people.erase_person(userid, COMMAND, reason, show_row_progress)
            if vacuum:
                scrubbing.scrub()
        self.stdout.write(f"{userid} is erased: {_summary(done)} are gone.")
        if not vacuum:
            self.stdout.write("The database's files may still hold it: run this again without --no-vacuum.")

    def _say_what_would_go(self, userid: str, *, is_dry_run: bool) -> None:
        would = _summary(people.plan(userid))
        text = f"{would} of {userid} would go, and files to which others refer would stay. Nothing was erased"
        if not is_dry_run:
            raise CommandError(f"{text}: add --yes.", returncode=WRONG)
        self.stdout.write(f"{text}.")


def _summary(plan: ErasurePlan) -> str:
    return f"{plan.messages} messages, {plan.files} files and {plan.groups} groups"
