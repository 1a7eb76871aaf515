"""What is done to messages, also to those that are held, and the pages for it."""

from functools import partial
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.translation import gettext, gettext_lazy

from chat.models import Message
from chat.protocol.rows import KINDS, LogId
from chat.services import holding
from moderation.actions import messages
from moderation.actions.acting import of_message
from moderation.desk.acting import Deed, Values, act
from moderation.desk.private import see
from moderation.desk.site import Page, register
from moderation.models import AuditEntry
from moderation.moderators import ACT_ON_MESSAGES, Moderator

# Why a held text is read, as the audit log gives it.
HELD_REASON = "a rule holds it"


def _ids(target: Any) -> list[LogId]:
    return target if isinstance(target, list) else [target]


def _recall(moderator: Moderator, target: Any, values: Values) -> AuditEntry:
    return messages.recall(moderator, _ids(target), values["reason"])


def _restore(moderator: Moderator, target: Any, values: Values) -> AuditEntry:
    return messages.restore(moderator, _ids(target), values["reason"])


def _erase(moderator: Moderator, id_: LogId, values: Values) -> AuditEntry:
    return messages.erase(moderator, id_, values["reason"])


def _release(moderator: Moderator, id_: LogId, values: Values) -> AuditEntry:
    return messages.release(moderator, id_, values["reason"])


def _discard(moderator: Moderator, id_: LogId, values: Values) -> AuditEntry:
    return messages.discard(moderator, id_, values["reason"])


DEEDS: dict[str, Deed] = {
    deed.name: deed
    for deed in (
        Deed(
            "recall",
            gettext_lazy("Recall"),
            gettext_lazy(
                "The message disappears, and its author gets the reason. Phones with the shipped apps that "
                "have it already keep it. Staff can still read it here, and restore it."
            ),
            ACT_ON_MESSAGES,
            _recall,
        ),
        Deed(
            "restore",
            gettext_lazy("Restore"),
            gettext_lazy("The message is back in its place for everybody. One that was erased stays so."),
            ACT_ON_MESSAGES,
            _restore,
        ),
        Deed(
            "erase",
            gettext_lazy("Erase"),
            gettext_lazy("The message is removed for good, from the database as well. Nobody can undo this."),
            ACT_ON_MESSAGES,
            _erase,
            is_grave=True,
        ),
    )
}

HELD: dict[str, Deed] = {
    deed.name: deed
    for deed in (
        Deed(
            "release",
            gettext_lazy("Release"),
            gettext_lazy("The message is sent now to whom it was written, as if it had been written now."),
            ACT_ON_MESSAGES,
            _release,
        ),
        Deed(
            "discard",
            gettext_lazy("Discard"),
            gettext_lazy("The message is never sent. Its author is not told."),
            ACT_ON_MESSAGES,
            _discard,
            is_grave=True,
        ),
    )
}


def waiting_or_404(id_: LogId) -> holding.Waiting:
    """The message that is held. Raises Http404."""
    waiting = holding.held(1, id_ + 1)
    if not waiting or waiting[0].id != id_:
        raise Http404(gettext("There is no such message, or somebody has decided already."))
    return waiting[0]


def see_held(request: HttpRequest, moderator: Moderator, waiting: holding.Waiting) -> None:
    """Call it before the text is shown."""
    if isinstance(waiting.to, str):
        see(request, moderator, of_message(waiting.id), HELD_REASON)


def _act(request: HttpRequest, moderator: Moderator, id: int, name: str) -> HttpResponse:
    if not Message.objects.filter(pk=id, kind__in=KINDS).exists():
        raise Http404(gettext("There is no such message."))
    about = gettext("Message %(id)d") % {"id": id}
    back = reverse("admin:desk_message", args=[id])
    return act(request, moderator, DEEDS[name], id, about=about, back=back)


def _decide(request: HttpRequest, moderator: Moderator, id: int, name: str) -> HttpResponse:
    waiting = waiting_or_404(id)
    see_held(request, moderator, waiting)
    about = gettext("Held message %(id)d") % {"id": id}
    back = reverse("admin:desk_held")
    return act(request, moderator, HELD[name], id, about=about, back=back, quoted=waiting.content)


register(
    *(
        Page(f"messages/<int:id>/{name}/", partial(_act, name=name), f"message_{name}", deed.permission)
        for name, deed in DEEDS.items()
    ),
    *(
        Page(f"held/<int:id>/{name}/", partial(_decide, name=name), f"held_{name}", deed.permission)
        for name, deed in HELD.items()
    ),
)
