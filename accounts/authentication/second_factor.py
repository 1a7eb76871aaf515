"""The second factor of browser sessions: a code of an app, a passkey, or a recovery code.

django-allauth keeps them and asks for them. Wrong ones count as wrong passwords do.
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

# Of the two backends, the one that knows people; the other one only counts failures.
BACKEND = "django.contrib.auth.backends.ModelBackend"
# What a failed login names besides the userid, if it was not the password that was wrong.
FACTOR = "factor"
STAFF, OFF = "staff", "off"
_METHOD = "mfa"
# Where a session keeps what the person's logins were known by when the sign-in began.
_BEGUN = "sign_in_begun"


class Adapter(DefaultAccountAdapter):  # type: ignore[misc]
    """How django-allauth lets people in."""

    error_messages = {
        **DefaultAccountAdapter.error_messages,
        "incorrect_password": gettext_lazy("This is not your password."),
    }

    def login(self, request: HttpRequest, user: User) -> None:
        """Raises PermissionDenied if the person's logins have ended since this one began."""
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
        """Somebody with neither a password nor a second factor must have just signed in."""
        request = context.request
        if self.get_reauthentication_methods(request.user):
            return bool(super().is_reauthentication_required(app=app, **options))
        key = request.session.session_key or ""
        return not logins.is_fresh(request.user.pk, session_digest(key))

    def get_reauthentication_methods(self, user: User) -> list[dict[str, Any]]:
        """With a second factor, not the password alone: a session that has not shown the factor could replace
        it."""
        methods: list[dict[str, Any]] = super().get_reauthentication_methods(user)
        by_factor = [method for method in methods if method["id"].startswith(_METHOD)]
        return by_factor or methods

    def add_message(self, *_args: Any, **_options: Any) -> None:
        """The pages say what happened."""


def is_set(user: User) -> bool:
    """Whether the person has one, and so is asked for it."""
    if settings.IM66.second_factor == OFF:
        return False
    kinds = (Authenticator.Type.TOTP, Authenticator.Type.WEBAUTHN)
    has_one: bool = Authenticator.objects.filter(user=user, type__in=kinds).exists()
    return has_one


class Factors(NamedTuple):
    """What a person has set up. `codes`: how many recovery codes are left."""

    app: bool
    passkeys: int
    codes: int


def factors_of(userid: str) -> Factors | None:
    """None where nobody may set up any."""
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
    """Whether staff need one, and have none or have not shown it in this session."""
    if settings.IM66.second_factor != STAFF or not (user.is_staff or user.is_superuser):
        return False
    has_verified = any(one.get("method") == _METHOD for one in get_authentication_records(request, user))
    # They may have removed it since.
    return not (has_verified and is_set(user))


def ask(request: HttpRequest, user: User, then: str) -> HttpResponseBase:
    """Redirect a login with a password to the page for the second factor."""
    answer: HttpResponseBase = perform_password_login(
        request, {"username": user.pk}, Login(user=user, redirect_url=then)
    )
    return answer


def lead(user: User, then: str) -> HttpResponseBase:
    """Lead staff without one, or whose session has not shown theirs, to where they do that."""
    name = "mfa_reauthenticate" if is_set(user) else "mfa_index"
    return HttpResponseRedirect(f"{reverse(name)}?{urlencode({'next': then})}")


def remove_all(userid: str) -> int:
    """The person has none any more. Returns how many there were."""
    number, _ = Authenticator.objects.filter(user_id=userid).delete()
    return int(number)


@receiver(authenticator_added)
def note(request: HttpRequest, user: User, authenticator: Authenticator, **_: Any) -> None:
    """A new one was shown just now."""
    record_authentication(request, user, _METHOD, id=authenticator.pk, type=authenticator.type)
