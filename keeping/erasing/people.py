"""Erases a person: first they are shut out, so that nothing new comes; then the files that only they refer
to; then what they wrote, and in the end what is known of them. Each step may be done again, so it can be cut
off anywhere. The userid stays, and so do the ids and times of what was written, and all that others wrote."""

from collections.abc import Collection
from typing import NamedTuple

from django.db import transaction

import accounts.erasing
import chat.services.erasing
import groups.erasing
import moderation.erasing
import notifications.erasing
from accounts import preconditions
from accounts.models import User
from accounts.services import is_desk
from keeping.backups.progress import Progress
from keeping.erasing import records, scrubbing
from keeping.errors import MaintenanceRefused
from keeping.models import OwnDeletion
from keeping.own import exports
from keeping.pace import row_progress, slowly
from log.models import Membership
from moderation import audit
from moderation.actions.acting import person_target
from moderation.moderators import Moderator
from uploads import pruning
from uploads.documents import documents
from uploads.names import stems_in
from uploads.selectors import of_person as owner_of_person


class ErasurePlan(NamedTuple):
    """What of a person would go. `files`: those to which they refer, also if others do."""

    messages: int
    files: int
    groups: int


def require(userid: str) -> None:
    """Raises MaintenanceRefused unless there is such a person."""
    if not User.objects.filter(pk=userid).exists():
        raise MaintenanceRefused(f"There is no such person: {userid}.")
    if is_desk(userid):
        raise MaintenanceRefused(f"{userid} is the account of the service itself.")


def plan(userid: str) -> ErasurePlan:
    """Raises MaintenanceRefused as `require`."""
    require(userid)
    current = Membership.objects.current().filter(user=userid)
    files = pruning.number_stored(_stems_of(userid))
    return ErasurePlan(chat.services.erasing.count_written(userid), files, current.count())


def erase_person(userid: str, by: Moderator, reason: str, progress: Progress) -> ErasurePlan:
    """Returns what went. Raises MaintenanceRefused as `require`."""
    begin(userid, by, reason)
    return go_on(userid, progress)


def begin(userid: str, by: Moderator, reason: str, *, is_queued: bool = False) -> None:
    """Shut the person out, and note that the rest is to be done; `is_queued`: by a server, in the background.
    Raises MaintenanceRefused as `require`."""
    require(userid)
    with transaction.atomic():
        preconditions.check(User.objects.filter(pk=userid))
        records.begin(person_target(userid), is_queued=is_queued)
        audit.record(by, "person.erase", person_target(userid), reason)
    accounts.erasing.shut_out(userid)


def go_on(userid: str, progress: Progress) -> ErasurePlan:
    """Do the rest. Returns what went."""
    scrubbing.overwrite_from_now_on()
    # Once more, if it was cut off after it had been noted.
    accounts.erasing.shut_out(userid)
    notifications.erasing.revoke_bots(userid)
    pictures = groups.erasing.pictures_with(userid)
    done = ErasurePlan(
        messages=chat.services.erasing.count_written(userid),
        groups=groups.erasing.leave_all_groups(userid),
        files=_remove_files(userid, pictures, progress),
    )
    _erase_written(userid, progress)
    _forget(userid)
    records.finish(person_target(userid))
    return done


def _forget(userid: str) -> None:
    moderation.erasing.erase_person(userid)
    chat.services.erasing.erase_service_texts(userid)
    chat.services.erasing.delete_personal_data(userid)
    notifications.erasing.erase_person(userid)
    exports.forget(userid)
    # One that has begun is removed at its own end.
    OwnDeletion.objects.filter(user=userid, begun_at=None).delete()
    accounts.erasing.blank(userid)


def _stems_of(userid: str) -> set[str]:
    avatar = User.objects.values_list("avatar", flat=True).get(pk=userid)
    stems = chat.services.erasing.written_file_stems(userid) | moderation.erasing.stems_in_snapshots(userid)
    return stems | set(stems_in(avatar))


def _remove_files(userid: str, pictures: Collection[str], progress: Progress) -> int:
    """Before anything is forgotten that says which files these are."""
    stems = _stems_of(userid).union(*map(stems_in, pictures))
    groups.erasing.remove_pictures(pictures)
    # What reports keep of others counts, what they keep of the person does not. It is done once more in the
    # end, for what is reported until then.
    moderation.erasing.erase_person(userid)
    stems |= set(documents.remove_of(owner_of_person(userid)))
    return pruning.remove_unclaimed(stems, row_progress(progress, "looking for files"), leaving=userid)


def _erase_written(userid: str, progress: Progress) -> None:
    with progress("erasing", chat.services.erasing.count_rows(userid)) as advance:
        for rows in slowly(chat.services.erasing.erase_written(userid)):
            advance(rows)
