"""Publishes committed changes that are not rows of the log, to devices at all processes: read marks, changes
of conversation lists, contacts, profiles, pictures and previews, and typing bots."""

import logging
from collections.abc import Collection, Mapping
from typing import Any

from django.db import Error as AnyDatabaseError
from django.dispatch import receiver

from accounts.signals import profiles_changed
from chat.delivery.cluster.messages import ProfileChange, Reading
from chat.delivery.runtime import notify_all
from chat.protocol.events import (
    ContactChange,
    ConversationChange,
    JoinRequests,
    PictureShown,
    PreviewReady,
    Typing,
)
from chat.reading import conversations
from chat.services import contact_requests
from chat.signals import contact_changed, conversation_changed, preview_ready, read_marked, typed
from groups.selectors import join_request_counts, managers_of, names_of, picture_url
from groups.signals import notice_confirmed, picture_changed, requests_changed
from log.rows import LogId, Recipient

logger = logging.getLogger(__name__)


@receiver(read_marked)
def notify_read(userid: str, peer: Recipient, upto: LogId, **_: Any) -> None:
    """Notify the devices of a read mark that has risen. May be called from any thread that may use the
    database."""
    notify_all(Reading(userid, peer, upto, _is_receipt_sent(userid, peer, upto)))


@receiver(conversation_changed)
def notify_change(userid: str, peer: Recipient, changed: Mapping[str, Any], **_: Any) -> None:
    """Notify the person's devices. May be called from any thread."""
    for field, value in changed.items():
        notify_all(ConversationChange(userid, peer, field, value))


@receiver(notice_confirmed)
def notify_confirmation(userid: str, group_id: int, notice_id: int, **_: Any) -> None:
    """Notify the person's devices that the notice is confirmed. May be called from any thread."""
    notify_all(ConversationChange(userid, group_id, "notice_confirmed", notice_id))


@receiver(contact_changed)
def notify_contact(userid: str, other: str, **_: Any) -> None:
    """Notify the person's devices. May be called from any thread that may use the database."""
    try:
        notify_all(ContactChange(userid, other, contact_requests.contact_state(userid, other)))
    except AnyDatabaseError as error:  # the change is committed, so the call that made it must not fail
        logger.error("A person's devices are not told of a contact: %s", error)


@receiver(requests_changed)
def notify_requests(group_id: int, **_: Any) -> None:
    """Notify the devices of the group's owner and admins. May be called from any thread that may use the
    database."""
    try:
        managers, count = managers_of(group_id), join_request_counts([group_id]).get(group_id, 0)
    except AnyDatabaseError as error:  # they see it when they load the group again
        logger.error("Owners and admins are not told of requests: %s", error)
        return
    for userid in managers:
        notify_all(JoinRequests(userid, group_id, count))


@receiver(profiles_changed)
def notify_profiles(userids: Collection[str], **_: Any) -> None:
    """Notify all processes that names or pictures of people have changed. May be called from any thread."""
    notify_all(ProfileChange(tuple(userids)))


@receiver(picture_changed)
def notify_picture(group_id: int, **_: Any) -> None:
    """Notify the members' devices. May be called from any thread that may use the database."""
    try:
        pictures = [picture for _, picture in names_of([group_id]).values()]
    except AnyDatabaseError as error:  # they see it when they load the group again
        logger.error("The members are not told of a picture: %s", error)
        return
    for picture in pictures:
        notify_all(PictureShown(group_id, picture_url(picture, "")))


@receiver(preview_ready)
def notify_preview(preview: PreviewReady, **_: Any) -> None:
    """Notify the devices of both people, or of all members. May be called from any thread."""
    notify_all(preview)


@receiver(typed)
def notify_typing(userid: str, peer: Recipient, **_: Any) -> None:
    """Notify the devices of the others in the conversation. May be called from any thread."""
    notify_all(Typing(userid, peer))


def _is_receipt_sent(userid: str, peer: Recipient, upto: LogId) -> bool:
    """Return whether the other person receives the read mark as a receipt; False if it cannot be read."""
    try:
        return conversations.sends_receipts(userid, peer, upto)
    except AnyDatabaseError as error:  # the mark is committed, so the call that made it must not fail
        logger.error("The other person is not told of a read mark: %s", error)
        return False
