"""`manage.py reindex`: rebuilds the search index."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError
from tqdm import tqdm

from chat.readers import fulltext
from chat.readers.search_index import reindex
from im66.startup import INTERRUPTED, require_tables
from keeping.pace import slowly
from log import positions


class Command(BaseCommand):
    help = "Make the search index again, from the messages. It may run while the server does."

    def handle(self, **options: Any) -> None:
        require_tables()
        end = positions.last_id()
        # disable=None: no progress bar where the output is not a terminal.
        with tqdm(total=end, desc="messages indexed", unit="", disable=None) as bar:
            try:
                for done in slowly(reindex(end)):
                    bar.update(done - bar.n)
                for _ in slowly(fulltext.merge()):
                    pass
            except KeyboardInterrupt as error:
                raise CommandError(
                    "Interrupted. What is indexed stays. Run it again to index the rest.",
                    returncode=INTERRUPTED,
                ) from error
        self.stdout.write("The search index is made again.")
