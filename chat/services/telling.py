"""Telling people something in the name of the service, by a message that every client shows."""

from django.conf import settings
from django.db import transaction

from accounts.models import User
from accounts.services import Profile, ensure_profiles
from chat.naming import read_naming
from chat.protocol import extensions
from chat.protocol.rows import LogId
from chat.writing import log, log_end
from chat.writing.log import Draft

NICKNAME = "im66"


def tell(userid: str, text: str) -> LogId | None:
    """Send the person a text from the service's own account, which is created at need, in the caller's
    transaction. Returns its id. None if nobody can be told: IM66_DESK_USERID is empty, the account is muted
    or locked, or there is no room left."""
    desk: str = settings.IM66.desk_userid
    if not desk:
        return None
    with transaction.atomic():
        _ensure_account(desk)
        # What is always there, so that the shipped apps can read it.
        extension = extensions.filled("", read_naming(desk, userid, settings.IM66.public_url))
        try:
            appended = log.append([Draft("text", desk, userid, text, extension)])
        except log.NoRoom:
            return None
    (outcome,) = appended.outcomes
    return outcome and outcome.id


def in_both(english: str, chinese: str, between: str = "\n") -> str:
    """A text in both languages, because the server does not know which one the person reads. The language of
    the replies to the shipped apps comes first: they show the beginning in their lists."""
    texts = [english, chinese]
    return between.join(texts if settings.IM66.legacy_language == "en" else reversed(texts))


def _ensure_account(desk: str) -> None:
    if User.objects.filter(pk=desk).exists():
        return
    # Else somebody who creates the account too, and has the log, would wait for this transaction, which waits
    # for the log.
    log_end.take()
    ensure_profiles([Profile(desk, NICKNAME, "")])
