"""Notes logins with browsers, ends the sockets of a session together with it, logs failed logins, and
announces changed profiles."""

from typing import Any

from django.contrib.auth.signals import user_logged_in, user_login_failed
from django.contrib.sessions.models import Session
from django.db.models.signals import post_delete, post_save
from django.dispatch import receiver
from django.http import HttpRequest
from django.utils import timezone

from accounts import logins, refusals
from accounts.addresses import client_address
from accounts.authentication import browser_sessions
from accounts.authentication.second_factor import FACTOR
from accounts.models import User
from accounts.services import end_sessions
from accounts.signals import announce_profiles

_WRONG_FACTOR = "wrong code or passkey, or too many wrong ones"


@receiver(post_save, sender=User)
def announce_profile(instance: User, created: bool, update_fields: Any, **_: Any) -> None:
    """Somebody may have another name or picture."""
    if not created and (update_fields is None or {"nickname", "avatar"}.intersection(update_fields)):
        announce_profiles([instance.pk])


@receiver(post_delete, sender=Session)
def end_sockets(instance: Session, **_: Any) -> None:
    """Somebody logs out in a browser, or somebody else logs in there.

    Django sends this in the transaction that deletes the session. A socket that logged in between would stay.
    """
    # The sockets of a session that has run out have ended, and clearsessions deletes many such sessions.
    session = browser_sessions.read(instance) if instance.expire_date > timezone.now() else None
    logins.forget(instance.session_key)
    if session:
        end_sessions(session.userid, session.digest)


@receiver(user_logged_in)
def note_login(request: HttpRequest, user: User, **_: Any) -> None:
    """Somebody logs in with a browser."""
    logins.note(request, user.pk)


@receiver(user_login_failed)
def log_login_failure(credentials: dict[str, Any], request: HttpRequest | None = None, **_: Any) -> None:
    """Somebody fails to log in by password, or by a second factor."""
    if request is None:
        return
    if credentials.get(FACTOR):
        refusals.log_refusal(
            request.path.strip("/"), credentials["username"], client_address(request), _WRONG_FACTOR
        )
    else:
        refusals.log_failed_login(request.path, client_address(request))
