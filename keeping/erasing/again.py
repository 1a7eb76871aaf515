"""After a restore: what was erased since the backup is erased again, before anybody gets at it. What the
backup knows as erased is not: a person may have been let in again before, and have written something new."""

from collections.abc import Sequence

from accounts.models import User
from keeping.acting import COMMAND
from keeping.backups import media
from keeping.backups.progress import Progress
from keeping.erasing import records, scrubbing
from keeping.erasing.messages import erase_message
from keeping.erasing.people import erase_person
from keeping.erasing.records import PERSON, Line
from uploads import pruning

REASON = "It was erased before a restore."


def erase_again(listed: Sequence[Line], progress: Progress) -> None:
    """Erase what a list of erasures names, where it is here. May be done again."""
    with progress("erasing again", len(listed)) as advance:
        for line in listed:
            if not records.is_done(line):
                _erase(line.target, progress)
            advance(1)
    if listed and not media.elsewhere():
        # If this was cut off before, the backup has put them back meanwhile.
        pruning.remove_without_row()
    if listed:
        scrubbing.scrub()


def _erase(target: str, progress: Progress) -> None:
    kind, name = target[:2], target[2:]
    if kind != PERSON:
        erase_message(int(name), COMMAND, REASON)
    elif User.objects.filter(pk=name).exists():
        erase_person(name, COMMAND, REASON, progress)
