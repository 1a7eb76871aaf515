"""`manage.py reindex`: makes the search index again."""

import time
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from tqdm import tqdm

from chat import selectors
from chat.readers.search_index import reindex
from im66.startup import require_tables

INTERRUPTED = 130


class Command(BaseCommand):
    help = "Make the search index again, from the messages. It may run while the server does."

    def handle(self, **options: Any) -> None:
        require_tables()
        end = selectors.last_id()
        # disable=None: no progress bar where the output is not a terminal.
        with tqdm(total=end, desc="messages indexed", unit="", disable=None) as bar:
            try:
                _reindex(end, bar)
            except KeyboardInterrupt as error:
                raise CommandError(
                    "Interrupted. What is indexed stays. Run it again to index the rest.",
                    returncode=INTERRUPTED,
                ) from error
        self.stdout.write("The search index is made again.")


def _reindex(end: int, bar: "tqdm[Any]") -> None:
    began = time.monotonic()
    for done in reindex(end):
        bar.update(done - bar.n)
        # A server gets at the database as long as this does.
        time.sleep(time.monotonic() - began)
        began = time.monotonic()
