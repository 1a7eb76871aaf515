"""One thread that makes group pictures, so that no request waits for one.

Requests that are not done when the process ends are lost. The next look at such a group asks again.
"""

import logging
from collections.abc import Callable, Sequence
from functools import partial
from typing import Any

from django.conf import settings
from django.db import connection, transaction
from django.db.models.signals import post_save
from django.dispatch import receiver

from accounts.limits.turns import TurnThread
from accounts.models import User
from groups.pictures import mosaic
from groups.selectors import CurrentMember
from groups.signals import membership_changed
from log.models import Group, Membership
from uploads.attempts import RememberedFailure
from uploads.worker.tasks import Reason, UploadRejected

logger = logging.getLogger(__name__)

_PROFILE_FIELDS = {"avatar", "nickname"}


class Painter:
    """Makes the pictures one after the other, in turn for all who ask."""

    def __init__(self) -> None:
        self._thread = TurnThread("im66-mosaic", _make, self._notify)
        self._listeners: dict[int, list[Callable[[], object]]] = {}

    def ask(self, group_id: int, who: str) -> None:
        """Have the group's picture made again if it is not current. `who` owns the group, or caused the
        change. Never waits."""
        if settings.IM66.mosaics:
            self._thread.add((who,), group_id)

    def notify_when_made(self, group_id: int, notify: Callable[[], object]) -> bool:
        """Call `notify` once, in another thread, when the group's picture that was asked for is made, or
        could not be made. It must not wait or raise. False, and it is never called, if none was asked for."""
        with self._thread.changed:
            is_pending = self._thread.is_pending(group_id)
            if is_pending:
                self._listeners.setdefault(group_id, []).append(notify)
            return is_pending

    def wait(self, seconds: float) -> bool:
        """Wait until every picture is made that was asked for, at most so long. Whether they are."""
        return self._thread.wait_until_idle(seconds)

    def _notify(self, group_id: int) -> None:
        with self._thread.changed:
            is_made = not self._thread.is_pending(group_id)
            listeners = self._listeners.pop(group_id, ()) if is_made else ()
        for notify in listeners:
            notify()


def _make(group_id: int) -> None:
    try:
        mosaic.refresh_picture(group_id)
    except RememberedFailure:
        pass  # the first failure was logged
    except UploadRejected as refused:
        # That there is no space was logged once. The next look at the group asks again.
        if refused.reason != Reason.NO_ROOM:
            logger.error("The picture of group %s could not be made: %s", group_id, refused)
    except Exception:
        logger.exception("The picture of group %s could not be made", group_id)
    finally:
        connection.close()


painter = Painter()


def refresh_picture_if_stale(group: Group, members: Sequence[CurrentMember]) -> None:
    """Request a new picture, made in the background, if the present one does not show `members`: all members
    of the group in the order in which they joined."""
    users = members[: mosaic.MAX_AVATARS]
    if users and not group.picture and group.snap != mosaic.picture_name(users):
        painter.ask(group.pk, group.creator_id)


@receiver(membership_changed)
def request_picture_of_group(group: Group, **_: Any) -> None:
    transaction.on_commit(partial(painter.ask, group.pk, group.creator_id))


@receiver(post_save, sender=User)
def request_pictures_with_user(instance: User, created: bool, update_fields: Any, **_: Any) -> None:
    if not created and (update_fields is None or _PROFILE_FIELDS.intersection(update_fields)):
        transaction.on_commit(partial(_ask_for_groups_of, instance.pk))


def _ask_for_groups_of(userid: str) -> None:
    for group_id in Membership.objects.current().filter(user=userid).values_list("group", flat=True):
        painter.ask(group_id, userid)
