"""The forms that ask for a second factor. A wrong factor counts like a wrong password."""

import json
import logging
import time
from collections.abc import Callable
from typing import Any
from urllib.parse import urlsplit

from allauth.core import context
from allauth.core.internal.cryptokit import normalize_user_code
from allauth.mfa import app_settings
from allauth.mfa.adapter import DefaultMFAAdapter, get_adapter
from allauth.mfa.base.forms import AuthenticateForm, ReauthenticateForm
from allauth.mfa.models import Authenticator
from allauth.mfa.signals import authenticator_added
from allauth.mfa.totp.forms import ActivateTOTPForm
from allauth.mfa.webauthn.forms import (
    AddWebAuthnForm,
    AuthenticateWebAuthnForm,
    EditWebAuthnForm,
    LoginWebAuthnForm,
    ReauthenticateWebAuthnForm,
)
from allauth.mfa.webauthn.internal import auth
from axes.handlers.proxy import AxesProxyHandler
from django import forms
from django.conf import settings
from django.contrib.auth.signals import user_login_failed
from django.core.exceptions import ValidationError
from django.db import transaction
from django.dispatch import receiver
from django.http import HttpRequest
from django.utils.translation import gettext, gettext_lazy, pgettext_lazy

from accounts.authentication.second_factor import FACTOR, OFF
from accounts.limits import limits
from accounts.models import User

logger = logging.getLogger(__name__)


_PASSKEY_FAILED = gettext_lazy("The passkey did not work. Try again.")


class Adapter(DefaultMFAAdapter):  # type: ignore[misc]
    error_messages = {
        **DefaultMFAAdapter.error_messages,
        "incorrect_code": gettext_lazy("The code is wrong, or was used before."),
    }

    def generate_authenticator_name(self, user: Any, type: Any) -> str:
        number = Authenticator.objects.filter(user=user, type=type).count() + 1
        return gettext("Passkey %(number)d") % {"number": number}

    def is_mfa_enabled(self, user: Any, types: Any = None) -> bool:
        """Return whether a login by a provider asks for a second factor."""
        return settings.IM66.second_factor != OFF and bool(super().is_mfa_enabled(user, types))


# The key in the stored data of an app for its used codes and until when they are valid.
_USED = "used"
# The cost of an attempt in the limit IM66_LIMIT_RESETS: by default a person has 20 attempts an hour, from all
# addresses together.
_ATTEMPT_COST = 0.25


class _CountedForm:
    """A form whose wrong answers count as wrong passwords of the person from this address. Attempts from many
    addresses are limited as well."""

    user: User | None

    def _counted(self, check: Any) -> Any:
        request, userid = context.request, self.user.pk if self.user else ""
        if not AxesProxyHandler.is_allowed(request, {"username": userid}) or self._is_too_fast():
            raise ValidationError(gettext("Too many wrong attempts. Try again later."))
        try:
            return check()
        except ValidationError:
            credentials = {"username": userid, FACTOR: True}
            user_login_failed.send(sender=__name__, credentials=credentials, request=request)
            raise

    def _is_too_fast(self) -> bool:
        try:
            if self.user:
                limits.current().resets.take_alone(f"code {self.user.pk}", _ATTEMPT_COST)
        except limits.TooFast:
            return True
        return False


class _SingleUseCodeForm(_CountedForm):
    """A form that accepts each code once, across all processes. django-allauth remembers used codes of apps
    within one process only, and checks a recovery code before it stores that the code was used."""

    authenticator: Authenticator

    def clean_code(self) -> Any:
        return self._counted(self._take)

    def _take(self) -> Any:
        with transaction.atomic():
            # Serializes concurrent attempts of the same person.
            list(Authenticator.objects.select_for_update().filter(user=self.user).order_by("pk"))
            check: Any = super()
            code = check.clean_code()
            if self.authenticator.type == Authenticator.Type.TOTP and not _is_first_use(
                self.authenticator, code
            ):
                raise get_adapter().validation_error("incorrect_code")
            return code


def _is_first_use(authenticator: Authenticator, code: str) -> bool:
    """Mark the code as used. Return whether it was unused within its period of validity."""
    now, valid = time.time(), app_settings.TOTP_PERIOD * (2 * app_settings.TOTP_TOLERANCE + 1)
    known = authenticator.data.get(_USED, {})
    used = {digits: until for digits, until in known.items() if until > now}
    digits = normalize_user_code(code)
    if digits in used:
        return False
    authenticator.data[_USED] = {**used, digits: now + valid}
    authenticator.save(update_fields=["data"])
    return True


@receiver(authenticator_added)
def note_first_code(request: HttpRequest, authenticator: Authenticator, **_: Any) -> None:
    """Mark the code by which an app was set up as used."""
    if authenticator.type == Authenticator.Type.TOTP:
        _is_first_use(authenticator, request.POST["code"])


def _code_field() -> forms.CharField:
    typed = {"autocomplete": "one-time-code", "autofocus": True, "autocapitalize": "none"}
    return forms.CharField(label=pgettext_lazy("sign-in", "Code"), widget=forms.TextInput(attrs=typed))


class CodeForm(_SingleUseCodeForm, AuthenticateForm):  # type: ignore[misc]
    code = _code_field()


class CodeAgainForm(_SingleUseCodeForm, ReauthenticateForm):  # type: ignore[misc]
    code = _code_field()


class NewAppForm(ActivateTOTPForm):  # type: ignore[misc]
    code = _code_field()


# A browser sends far less.
_MAX_CHARACTERS = 64 * 1024
# The key in the stored data of a passkey for its signature counter at the last use.
_SIGNED = "signed"


class _Decoder(json.JSONDecoder):
    def decode(self, text: str, *more: Any) -> Any:
        if len(text) > _MAX_CHARACTERS:
            raise json.JSONDecodeError("too long", "", 0)
        try:
            return super().decode(text, *more)
        except RecursionError:
            raise json.JSONDecodeError("too deep", "", 0) from None


def _browser_json() -> forms.JSONField:
    return forms.JSONField(widget=forms.HiddenInput, decoder=_Decoder)


def _parse_credential(sent: Any, parse: Callable[[Any], Any]) -> Any:
    """Parse a browser's message about a passkey, which must come from a page of this host. Raises
    ValidationError."""
    try:
        parsed = parse(sent)
        client, handle = parsed.response.client_data, getattr(parsed.response, "user_handle", None)
        # Rejects pages of subdomains and in frames, which may use the passkeys of this host.
        is_here = urlsplit(client.origin).hostname == auth.get_server().rp.id and not client.cross_origin
    except Exception:  # the library decodes what a stranger has written, and may raise any exception
        is_here, handle = False, None
    # PostgreSQL rejects texts with NUL.
    if not is_here or b"\0" in (handle or b""):
        raise ValidationError(_PASSKEY_FAILED)
    return parsed


def _validated(check: Callable[[], Any]) -> Any:
    """Replace the error text of django-allauth, which is about codes, by one about passkeys."""
    try:
        return check()
    except ValidationError:
        raise ValidationError(_PASSKEY_FAILED) from None


class _Passkey(_CountedForm):
    def clean_credential(self) -> Any:
        return self._counted(self._take)

    def _take(self) -> Any:
        parsed = _parse_credential(
            self.cleaned_data["credential"],  # type: ignore[attr-defined]
            auth.parse_authentication_response,
        )
        check: Any = super()
        authenticator = _validated(check.clean_credential)
        _note_signed(authenticator, parsed.response.authenticator_data.counter)
        return authenticator


def _note_signed(authenticator: Authenticator, signed: int) -> None:
    """Store the signature counter of the passkey, 0 if it has none. Raises ValidationError if the counter
    has not increased, because then the passkey was copied."""
    with transaction.atomic():
        stored = Authenticator.objects.select_for_update().get(pk=authenticator.pk)
        before = stored.data.get(_SIGNED, stored.wrap().authenticator_data.counter)
        if signed <= before and (signed or before):
            logger.warning("Refused: a passkey of %r that was copied.", authenticator.user_id)
            raise ValidationError(_PASSKEY_FAILED)
        if signed:
            stored.data[_SIGNED] = signed
            stored.save(update_fields=["data"])
        authenticator.data = stored.data


class PasskeyForm(_Passkey, AuthenticateWebAuthnForm):  # type: ignore[misc]
    credential = _browser_json()


class PasskeyAloneForm(_Passkey, LoginWebAuthnForm):  # type: ignore[misc]
    credential = _browser_json()


class PasskeyAgainForm(_Passkey, ReauthenticateWebAuthnForm):  # type: ignore[misc]
    credential = _browser_json()


# Each sign-in reads all of a person's passkeys, which takes 3 ms each.
MAX_PASSKEYS = 20


class NewPasskeyForm(AddWebAuthnForm):  # type: ignore[misc]
    name = forms.CharField(label=gettext_lazy("Name of the passkey"), required=False, max_length=100)
    credential = _browser_json()
    # The page asks for nothing else: see web.passkey_views.
    passwordless = None

    def clean(self) -> Any:
        check: Any = super()
        return _validated(check.clean)

    def clean_credential(self) -> Any:
        stored = Authenticator.objects.filter(user=self.user, type=Authenticator.Type.WEBAUTHN)
        if stored.count() >= MAX_PASSKEYS:
            text = gettext("You have %(count)d passkeys already. Remove one first.")
            raise ValidationError(text % {"count": MAX_PASSKEYS})
        sent = self.cleaned_data["credential"]
        _parse_credential(sent, auth.parse_registration_response)
        return sent


class RenamePasskeyForm(EditWebAuthnForm):  # type: ignore[misc]
    name = forms.CharField(label=gettext_lazy("Name of the passkey"), max_length=100)
