"""The forms that ask for a second factor. A wrong one counts as a wrong password does."""

from typing import Any

from allauth.core import context
from allauth.mfa.adapter import DefaultMFAAdapter
from allauth.mfa.base.forms import AuthenticateForm, ReauthenticateForm
from allauth.mfa.webauthn.forms import (
    AuthenticateWebAuthnForm,
    LoginWebAuthnForm,
    ReauthenticateWebAuthnForm,
)
from axes.handlers.proxy import AxesProxyHandler
from django.conf import settings
from django.contrib.auth.signals import user_login_failed
from django.core.exceptions import ValidationError
from django.utils.translation import gettext

from accounts.authentication.second_factor import FACTOR, OFF
from accounts.limits import limits
from accounts.models import User


class Adapter(DefaultMFAAdapter):  # type: ignore[misc]
    """Whether somebody is asked for one after a login by a provider."""

    def is_mfa_enabled(self, user: Any, types: Any = None) -> bool:
        return settings.IM66.second_factor != OFF and bool(super().is_mfa_enabled(user, types))


# Of what IM66_LIMIT_RESETS allows: by default a person has 20 attempts an hour, from all addresses together.
_ATTEMPT = 0.25


class _Counted:
    """A form whose wrong answers count as wrong passwords of the person from this address. With the password
    known, nobody can guess from many addresses either."""

    user: User | None

    def _counted(self, check: Any) -> Any:
        request, userid = context.request, self.user.pk if self.user else ""
        if not AxesProxyHandler.is_allowed(request, {"username": userid}) or self._is_too_fast():
            raise ValidationError(gettext("Too many wrong attempts. Try again later."))
        try:
            return check()
        except ValidationError:
            said = {"username": userid, FACTOR: True}
            user_login_failed.send(sender=__name__, credentials=said, request=request)
            raise

    def _is_too_fast(self) -> bool:
        try:
            if self.user:
                limits.current().resets.take_alone(f"code {self.user.pk}", _ATTEMPT)
        except limits.TooFast:
            return True
        return False


class CodeForm(_Counted, AuthenticateForm):  # type: ignore[misc]
    def clean_code(self) -> Any:
        return self._counted(super().clean_code)


class CodeAgainForm(_Counted, ReauthenticateForm):  # type: ignore[misc]
    def clean_code(self) -> Any:
        return self._counted(super().clean_code)


class PasskeyForm(_Counted, AuthenticateWebAuthnForm):  # type: ignore[misc]
    def clean_credential(self) -> Any:
        return self._counted(super().clean_credential)


class PasskeyAloneForm(_Counted, LoginWebAuthnForm):  # type: ignore[misc]
    def clean_credential(self) -> Any:
        return self._counted(super().clean_credential)


class PasskeyAgainForm(_Counted, ReauthenticateWebAuthnForm):  # type: ignore[misc]
    def clean_credential(self) -> Any:
        return self._counted(super().clean_credential)
