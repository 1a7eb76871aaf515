"""Checks that nothing under a legal hold is erased."""

from keeping import legal_holds
from keeping.errors import MaintenanceRefused
from keeping.models import Hold
from log.models import HeldMessage, Message
from moderation.errors import CannotSend
from moderation.reports import forgetting


class MessageHeld(CannotSend):
    """The message is under a legal hold and cannot be erased at the desk."""

    def __init__(self) -> None:
        super().__init__(why="it is under a legal hold")


def require_person_free(userid: str) -> None:
    """Raises MaintenanceRefused if the person, or anything that they wrote, is under a legal hold."""
    if Hold.objects.filter(user=userid).exists():
        raise MaintenanceRefused(f"{userid} is under a legal hold.")
    protected = legal_holds.protected_messages()
    for model in (Message, HeldMessage):
        held = model.objects.filter(protected.rows(), sender=userid).first()
        if held is not None:
            where = held.recipient_id or f"group {held.group_id}"
            raise MaintenanceRefused(f"{userid} has written to {where}, and that is under a legal hold.")
    if forgetting.is_on_hold(userid, protected):
        raise MaintenanceRefused(f"{userid} is in a report that is under a legal hold.")


def is_message_held(id_: int) -> bool:
    """Whether its author, its recipient or its group is under a hold; also of a text that waits."""
    protected = legal_holds.protected_messages().rows()
    return any(model.objects.filter(protected, pk=id_).exists() for model in (Message, HeldMessage))
