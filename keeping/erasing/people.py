"""Erases a person. First the person is locked out, so that nothing new is stored. Then the files that only
the person refers to are removed, then the person's messages, and at last the account's data. Each step can be
repeated, so an interrupted erasure can continue. What remains are the userid, the ids and times of the
messages, and everything that others wrote."""

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
from uploads.selectors import owner_of_person


class ErasurePlan(NamedTuple):
    """What the erasure of a person removes. `files`: the files that the person refers to, even if other
    people refer to them as well."""

    messages: int
    files: int
    groups: int


def require_erasable(userid: str) -> None:
    """Raises MaintenanceRefused if the person does not exist or is the service account."""
    if not User.objects.filter(pk=userid).exists():
        raise MaintenanceRefused(f"There is no such person: {userid}.")
    if is_desk(userid):
        raise MaintenanceRefused(f"{userid} is the account of the service itself.")


def plan(userid: str) -> ErasurePlan:
    """Return what an erasure would remove. Raises MaintenanceRefused as `require_erasable`."""
    require_erasable(userid)
    current = Membership.objects.current().filter(user=userid)
    files = pruning.count_stored(_stems_of(userid))
    return ErasurePlan(chat.services.erasing.count_written(userid), files, current.count())


def erase_person(userid: str, by: Moderator, reason: str, progress: Progress) -> ErasurePlan:
    """Erase the person. Return what was removed. Raises MaintenanceRefused as `require_erasable`."""
    begin_erasure(userid, by, reason)
    return complete_erasure(userid, progress)


def begin_erasure(userid: str, by: Moderator, reason: str, *, is_queued: bool = False) -> None:
    """Lock the person out and record that the erasure has begun. With `is_queued`, a server completes it in
    the background. Raises MaintenanceRefused as `require_erasable`."""
    require_erasable(userid)
    with transaction.atomic():
        preconditions.check(User.objects.filter(pk=userid))
        records.mark_begun(person_target(userid), is_queued=is_queued)
        audit.record(by, "person.erase", person_target(userid), reason)
    accounts.erasing.shut_out(userid)


def complete_erasure(userid: str, progress: Progress) -> ErasurePlan:
    """Complete an erasure that has begun. Return what was removed."""
    scrubbing.enable_secure_delete()
    # Repeated, because `begin_erasure` may have been interrupted after its transaction.
    accounts.erasing.shut_out(userid)
    notifications.erasing.revoke_bots(userid)
    pictures = groups.erasing.pictures_with(userid)
    done = ErasurePlan(
        messages=chat.services.erasing.count_written(userid),
        groups=groups.erasing.leave_all_groups(userid),
        files=_remove_files(userid, pictures, progress),
    )
    with progress("erasing", chat.services.erasing.count_rows(userid)) as advance:
        for rows in slowly(chat.services.erasing.erase_written(userid)):
            advance(rows)
    _forget_account(userid)
    records.mark_finished(person_target(userid))
    return done


def _forget_account(userid: str) -> None:
    moderation.erasing.erase_person(userid)
    chat.services.erasing.erase_service_texts(userid)
    chat.services.erasing.delete_personal_data(userid)
    notifications.erasing.erase_person(userid)
    exports.forget(userid)
    # `keeping.own.deletion` removes the row of a deletion that has begun.
    OwnDeletion.objects.filter(user=userid, begun_at=None).delete()
    accounts.erasing.blank(userid)


def _stems_of(userid: str) -> set[str]:
    avatar = User.objects.values_list("avatar", flat=True).get(pk=userid)
    stems = chat.services.erasing.written_file_stems(userid) | moderation.erasing.stems_in_snapshots(userid)
    return stems | set(stems_in(avatar))


def _remove_files(userid: str, pictures: Collection[str], progress: Progress) -> int:
    """Remove the person's files. Must run before the rows that refer to them are erased."""
    stems = _stems_of(userid).union(*map(stems_in, pictures))
    groups.erasing.remove_pictures(pictures)
    # Copies in reports keep the files of other people, but not those of this person. Repeated at the end, for
    # reports that are filed until then.
    moderation.erasing.erase_person(userid)
    stems |= set(documents.remove_unfinished_of(owner_of_person(userid)))
    return pruning.remove_unclaimed(stems, row_progress(progress, "looking for files"), leaving=userid)
