"""Ends the sockets of a browser session together with the session, and logs failed logins."""

from typing import Any

from django.contrib.auth.signals import user_logged_out, user_login_failed
from django.db import transaction
from django.dispatch import receiver
from django.http import HttpRequest

from accounts import refusals
from accounts.addresses import client_address
from accounts.services import end_sessions
from accounts.standing import session_digest


@receiver(user_logged_out)
def end_sockets(request: HttpRequest, user: Any, **_: Any) -> None:
    """Somebody logs out in a browser."""
    key = request.session.session_key
    if user is None or key is None:
        return
    with transaction.atomic():
        # Django deletes it only after this signal. A socket that logged in between would stay.
        request.session.delete(key)
        end_sessions(user.pk, session_digest(key))


@receiver(user_login_failed)
def tell_refusal(request: HttpRequest | None = None, **_: Any) -> None:
    """Somebody fails to log in by password."""
    if request is not None:
        refusals.tell_of_login(request.path, client_address(request))
