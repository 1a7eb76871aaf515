"""`manage.py events`: prints the events of the log as JSON lines."""

import json
import re
import time
from collections.abc import Iterator
from contextlib import suppress
from typing import Any

from django.core.exceptions import ValidationError
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import OperationalError, transaction

from log.positions import last_id, last_id_before
from log.rows import LogId
from moderation import audit
from moderation.moderators import COMMAND
from notifications.following import LOG_EVENTS, EventFilter, events_after
from notifications.models.endpoints import normalized_conversations

POLL_SECONDS = 0.5
_AGO = re.compile(r"(\d{1,9})([smhd])")
_SECONDS = {"s": 1, "m": 60, "h": 3600, "d": 86_400}


class Command(BaseCommand):
    help = "Print events of the log as JSON lines, in the form of webhooks. --text adds what people wrote."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--follow", action="store_true", help="go on with what comes, until Ctrl-C")
        parser.add_argument("--since", metavar="WHEN", help="30s, 15m, 2h or 1d ago, or the id of a row")
        parser.add_argument("--conversation", action="append", default=[], help="only here: g:7, u:alice")
        parser.add_argument("--user", default="", help="only what this person does, or what is done to them")
        parser.add_argument(
            "--kind", action="append", choices=LOG_EVENTS, metavar="TYPE", help="message.created"
        )
        parser.add_argument("--text", action="store_true", help="with texts; needs --reason")
        parser.add_argument("--reason", default="", help="why texts are read; the audit log keeps it")

    def handle(self, *args: Any, **options: Any) -> None:
        chosen, after = _chosen(options), _position(options["since"])
        if options["text"]:
            _note(options)
        with suppress(KeyboardInterrupt, BrokenPipeError):
            for event in _events(after, chosen, follow=options["follow"]):
                self.stdout.write(json.dumps(event, ensure_ascii=False))
                self.stdout.flush()


def _chosen(options: dict[str, Any]) -> EventFilter:
    if options["text"] and not options["reason"].strip():
        raise CommandError("Texts are read for a --reason, which the audit log keeps.")
    try:
        places = normalized_conversations(" ".join(options["conversation"]))
    except ValidationError as error:
        raise CommandError(" ".join(error.messages)) from None
    return EventFilter(options["kind"] or LOG_EVENTS, places, options["user"], options["text"])


def _note(options: dict[str, Any]) -> None:
    where = " ".join(options["conversation"]) or (f"u:{options['user']}" if options["user"] else "log")
    with transaction.atomic():
        audit.record(COMMAND, audit.READ, where, options["reason"])


def _position(since: str | None) -> LogId:
    """Return the id of the row after which the output begins: without `since`, the last row."""
    if since is None:
        return last_id()
    if since.isascii() and since.isdigit() and len(since) < 19:
        return int(since)
    if not (ago := _AGO.fullmatch(since)):
        raise CommandError("--since is 30s, 15m, 2h or 1d, or the id of a row.")
    first = last_id_before(int(time.time()) - int(ago[1]) * _SECONDS[ago[2]])
    return last_id() if first is None else first


def _events(after: LogId, chosen: EventFilter, *, follow: bool) -> Iterator[dict[str, Any]]:
    while True:
        try:
            last, events = events_after(after, chosen)
        except OperationalError:
            if not follow:
                raise
            last, events = None, []  # retry until the database is back
        yield from events
        if last is not None:
            after = last
        elif follow:
            time.sleep(POLL_SECONDS)
        else:
            return
