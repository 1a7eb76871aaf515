"""The second factor of browser sessions: a code of an app, a passkey, or a recovery code.

django-allauth stores them and asks for them. A wrong factor counts like a wrong password.
"""

from typing import Any, NamedTuple

from allauth.account.adapter import DefaultAccountAdapter
from allauth.account.internal.flows.login import (
    get_authentication_records,
    perform_password_login,
    record_authentication,
)
from allauth.account.models import Login
from allauth.core import context
from allauth.mfa import app_settings
from allauth.mfa.models import Authenticator
from allauth.mfa.signals import authenticator_added
from django.conf import settings
from django.contrib.auth import login
from django.core.exceptions import PermissionDenied
from django.dispatch import receiver
from django.http import HttpRequest, HttpResponseBase, HttpResponseRedirect
from django.urls import reverse
from django.utils.http import urlencode
from django.utils.translation import gettext, gettext_lazy

from accounts import logins
from accounts.account_status import session_digest
from accounts.addresses import client_address
from accounts.limits import limits
from accounts.models import User

# Of the two backends, the one that authenticates people. The other one only counts failures.
BACKEND = "django.contrib.auth.backends.ModelBackend"
# The key in the credentials of a failed login that marks a wrong second factor.
FACTOR = "factor"
STAFF, OFF = "staff", "off"
_METHOD = "mfa"
# The session key for the person's session hash at the beginning of the sign-in.
_BEGUN = "sign_in_begun"


class Adapter(DefaultAccountAdapter):  # type: ignore[misc]
    """Adapts the login of django-allauth."""

    error_messages = {
        **DefaultAccountAdapter.error_messages,
        "incorrect_password": gettext_lazy("This is not your password."),
    }

    def login(self, request: HttpRequest, user: User) -> None:
        """Log the person in. Raises PermissionDenied if all their logins were ended since this one began."""
        if request.session.pop(_BEGUN, "") != user.get_session_auth_hash():
            raise PermissionDenied(gettext("Log in again."))
        login(request, user, BACKEND)

    def pre_login(self, request: HttpRequest, user: User, **options: Any) -> HttpResponseBase | None:
        """Raises PermissionDenied."""
        try:
            limits.current().logins.take_alone(user.pk)
        except limits.TooFast:
            raise PermissionDenied(gettext("Too many sign-ins. Try again in a minute.")) from None
        request.session[_BEGUN] = user.get_session_auth_hash()
        response: HttpResponseBase | None = super().pre_login(request, user, **options)
        return response

    def respond_user_inactive(self, request: HttpRequest, user: User) -> HttpResponseBase:
        """Raises PermissionDenied."""
        raise PermissionDenied(gettext("This account is locked."))

    def get_client_ip(self, request: HttpRequest) -> str:
        return client_address(request)

    def is_reauthentication_required(self, *, app: str, **options: Any) -> bool:
        """Return whether to ask again. Without a password and a second factor, the login must be recent."""
        request = context.request
        if self.get_reauthentication_methods(request.user):
            return bool(super().is_reauthentication_required(app=app, **options))
        key = request.session.session_key or ""
        return not logins.is_fresh(request.user.pk, session_digest(key))

    def get_reauthentication_methods(self, user: User) -> list[dict[str, Any]]:
        """Return the methods, without the password if there is a second factor: a session that has not
        shown the factor could otherwise replace it."""
        methods: list[dict[str, Any]] = super().get_reauthentication_methods(user)
        by_factor = [method for method in methods if method["id"].startswith(_METHOD)]
        return by_factor or methods

    def add_message(self, *_args: Any, **_options: Any) -> None:
        """Add no message, because the pages themselves show the result."""


def is_set(user: User) -> bool:
    """Return whether the person has a second factor and second factors are enabled."""
    if settings.IM66.second_factor == OFF:
        return False
    kinds = (Authenticator.Type.TOTP, Authenticator.Type.WEBAUTHN)
    has_one: bool = Authenticator.objects.filter(user=user, type__in=kinds).exists()
    return has_one


class Factors(NamedTuple):
    """The second factors of a person. `codes`: the number of unused recovery codes."""

    app: bool
    passkeys: int
    codes: int


def factors_of(userid: str) -> Factors | None:
    """Return the person's second factors, None if second factors are disabled."""
    if settings.IM66.second_factor == OFF:
        return None
    kinds = Authenticator.Type
    rows = list(Authenticator.objects.filter(user=userid).values_list("type", "data"))
    passkeys = sum(kind == kinds.WEBAUTHN for kind, _ in rows)
    # Without the class that makes codes, which loads 12 MB of libraries.
    left = sum(
        app_settings.RECOVERY_CODE_COUNT - data["used_mask"].bit_count()
        for kind, data in rows
        if kind == kinds.RECOVERY_CODES
    )
    return Factors(any(kind == kinds.TOTP for kind, _ in rows), passkeys, left)


def is_missing(request: HttpRequest, user: Any) -> bool:
    """Return whether the user is staff, needs a second factor, and has not shown one in this session."""
    if settings.IM66.second_factor != STAFF or not (user.is_staff or user.is_superuser):
        return False
    has_verified = any(
        record.get("method") == _METHOD for record in get_authentication_records(request, user)
    )
    # They may have removed it since.
    return not (has_verified and is_set(user))


def ask(request: HttpRequest, user: User, then: str) -> HttpResponseBase:
    """Redirect a login with a password to the page for the second factor."""
    answer: HttpResponseBase = perform_password_login(
        request, {"username": user.pk}, Login(user=user, redirect_url=then)
    )
    return answer


def redirect_to_factor(user: User, then: str) -> HttpResponseBase:
    """Redirect staff to the page where they show their second factor or, without one, set it up."""
    name = "mfa_reauthenticate" if is_set(user) else "mfa_index"
    return HttpResponseRedirect(f"{reverse(name)}?{urlencode({'next': then})}")


def remove_all(userid: str) -> int:
    """Remove all second factors of the person. Return their number."""
    number, _ = Authenticator.objects.filter(user_id=userid).delete()
    return int(number)


@receiver(authenticator_added)
def note(request: HttpRequest, user: User, authenticator: Authenticator, **_: Any) -> None:
    """Record that the session has shown the second factor that was just added."""
    record_authentication(request, user, _METHOD, id=authenticator.pk, type=authenticator.type)
