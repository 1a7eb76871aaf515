"""Texts that the service itself writes to people."""

from collections.abc import Collection
from hashlib import blake2b

from django.conf import settings
from django.db import transaction

from accounts.codes import Cause, Failed, gettext_noop
from accounts.models import User
from accounts.services import ProfileData, ensure_profiles
from chat.naming import read_naming
from chat.protocol import extensions
from log import appending, log_end
from log.appending import Draft
from log.details import as_silent
from log.rejections import Rejection
from log.rows import LogId

NICKNAME = "im66"
# What the cids of texts to many begin with. Nobody else writes under the service's account.
_TO_ALL = "all."


class ServiceAccountUnusable(Failed):
    """The service cannot write: it has no account, or that is muted or banned."""

    text = gettext_noop("The service has no account to write with.")


def send_text(userid: str, text: str) -> LogId | None:
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
            (outcome,) = appending.append([Draft("text", desk, userid, text, extension)]).outcomes
        except appending.NoSpace:
            return None
    return None if isinstance(outcome, Rejection) else outcome.id


def send_to_all(userids: Collection[str], text: str, name: str, *, silent: bool) -> int:
    """Send the text from the service's own account to each of these people, who exist. Returns how many have
    it now. Nobody gets it twice under the same `name`, of at most 20 characters. `silent`: it
    makes no sound and is not pushed. Raises Unable, appending.NoSpace and DatabaseError."""
    desk: str = settings.IM66.desk_userid
    if not desk:
        raise ServiceAccountUnusable
    with transaction.atomic():
        _ensure_account(desk)
    extension = extensions.filled("", read_naming(desk, desk, settings.IM66.public_url))
    begin, details = f"{_TO_ALL}{name}.", as_silent("") if silent else ""
    drafts = [
        Draft(
            "text",
            desk,
            userid,
            text,
            extension,
            cid=f"{begin}{blake2b(userid.encode(), digest_size=16).hexdigest()}",
            details=details,
        )
        for userid in userids
    ]
    outcomes = appending.append(drafts, known=set(userids)).outcomes
    causes = [outcome.cause for outcome in outcomes if isinstance(outcome, Rejection)]
    if Cause.BANNED in causes or Cause.MUTED in causes:
        raise ServiceAccountUnusable
    return len(outcomes) - len(causes)


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
    ensure_profiles([ProfileData(desk, NICKNAME, "")])
