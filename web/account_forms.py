"""The forms of the pages about accounts."""

from typing import Any

from django import forms
from django.contrib.auth import authenticate
from django.contrib.auth.forms import AuthenticationForm, PasswordChangeForm, SetPasswordMixin
from django.core.exceptions import ValidationError
from django.http import HttpRequest
from django.utils.translation import gettext, pgettext_lazy
from django.utils.translation import gettext_lazy as _

from accounts.models import EMAIL_LENGTH, NICKNAME_LENGTH, User
from accounts.names.normalizing import plain
from accounts.names.unseen import is_visible
from accounts.names.userids import MAX_LENGTH
from accounts.services import is_borne, may_choose

_REQUIRED = {"required": _("Fill in this field.")}
_MISMATCH: dict[str, Any] = {"password_mismatch": _("The two passwords differ.")}
_PASSWORD_HELP = _("At least 8 characters. Avoid common passwords. Not the user ID.")


def _name_input() -> forms.TextInput:
    return forms.TextInput(
        attrs={
            "autocomplete": "username",
            "autocapitalize": "none",
            "spellcheck": "false",
            "autofocus": True,
        }
    )


def _userid_field(**options: Any) -> forms.CharField:
    return forms.CharField(
        label=_("User ID"), max_length=MAX_LENGTH, widget=_name_input(), error_messages=_REQUIRED, **options
    )


def _password_field(label: Any, autocomplete: str, **options: Any) -> forms.CharField:
    widget = forms.PasswordInput(attrs={"autocomplete": autocomplete})
    return forms.CharField(label=label, strip=False, widget=widget, error_messages=_REQUIRED, **options)


class LogInForm(AuthenticationForm):
    """Takes a userid exactly as typed. Django's own field normalizes some characters, so that people with
    these characters in their userids could not log in."""

    username = _userid_field()
    password = _password_field(_("Password"), "current-password")
    error_messages = {
        **AuthenticationForm.error_messages,
        "invalid_login": _("The user ID or the password is wrong."),
    }


class ChangePasswordForm(PasswordChangeForm):
    """Counts a wrong old password as a failed login. Otherwise a person at another user's browser could guess
    passwords without limit."""

    old_password = _password_field(_("Current password"), "current-password")
    new_password1 = _password_field(_("New password"), "new-password", help_text=_PASSWORD_HELP)
    new_password2 = _password_field(_("New password again"), "new-password")
    error_messages = {
        **PasswordChangeForm.error_messages,
        **_MISMATCH,
        "password_incorrect": _("This is not your password."),
    }

    def __init__(self, request: HttpRequest, user: User, *args: Any, **kwargs: Any) -> None:
        super().__init__(user, *args, **kwargs)
        self._request = request

    def clean_old_password(self) -> str:
        password: str = self.cleaned_data["old_password"]
        if authenticate(self._request, username=self.user.pk, password=password) is None:
            raise ValidationError(self.error_messages["password_incorrect"], code="password_incorrect")
        return password


class ForgottenForm(forms.Form):
    """Asks for the userid or the mail address of the account whose password was forgotten."""

    typed = forms.CharField(
        label=_("User ID or mail address"),
        max_length=EMAIL_LENGTH,
        error_messages=_REQUIRED,
        widget=_name_input(),
    )


class NewPasswordForm(SetPasswordMixin, forms.Form):  # type: ignore[type-arg]
    new_password1 = _password_field(_("New password"), "new-password", help_text=_PASSWORD_HELP)
    new_password2 = _password_field(_("New password again"), "new-password")
    error_messages = _MISMATCH

    def __init__(self, *args: Any, user: User, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.user = user

    def clean(self) -> dict[str, Any] | None:
        self.validate_passwords("new_password1", "new_password2")
        self.validate_password_for_user(self.user, "new_password1")
        return super().clean()


class MailAddressForm(forms.Form):
    """Also asks for the password. Otherwise a person at another user's browser could take over the account.

    For an account without a password, the login must be recent.
    """

    email = forms.EmailField(
        label=_("Mail address"),
        required=False,
        max_length=EMAIL_LENGTH,
        widget=forms.EmailInput(attrs={"autocomplete": "email"}),
        help_text=_("Empty: none. Then nobody can set a new password by mail."),
        error_messages={"invalid": _("This is not a mail address.")},
    )
    password = _password_field(_("Password"), "current-password")

    def __init__(self, *args: Any, request: HttpRequest, is_fresh: bool, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._request = request
        self._is_fresh = is_fresh
        self._has_password = isinstance(request.user, User) and request.user.has_usable_password()
        if not self._has_password:
            del self.fields["password"]

    def clean_password(self) -> str:
        password: str = self.cleaned_data["password"]
        if authenticate(self._request, username=self._request.user.pk, password=password) is None:
            raise ValidationError(gettext("This is not your password."), code="password_incorrect")
        return password

    def clean(self) -> dict[str, Any] | None:
        if not (self._has_password or self._is_fresh):
            raise ValidationError(gettext("Sign in again first, and then come back within ten minutes."))
        return super().clean()


class SignUpForm(SetPasswordMixin, forms.Form):  # type: ignore[type-arg]
    """Asks a new user for userid, name and password.

    `invited` is the userid that an invitation prescribes, or empty if the user chooses one.
    """

    userid = _userid_field(
        help_text=_("Use 1–64 lowercase letters or digits; . and - are allowed after the first.")
    )
    nickname = forms.CharField(
        label=pgettext_lazy("person", "Name"),
        required=False,
        max_length=NICKNAME_LENGTH,
        widget=forms.TextInput(attrs={"autocomplete": "nickname"}),
        help_text=_("What others see. Without it they see the user ID."),
    )
    password1 = _password_field(_("Password"), "new-password", help_text=_PASSWORD_HELP)
    password2 = _password_field(_("Password again"), "new-password")
    error_messages = _MISMATCH

    def __init__(self, *args: Any, invited: str = "", **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if invited:
            self._prescribe_userid(invited)
        elif not may_choose("a-b"):
            self.fields["userid"].help_text = _("Use 1–64 lowercase letters or digits.")

    def _prescribe_userid(self, userid: str) -> None:
        field = self.fields["userid"]
        field.disabled, field.initial = True, userid
        field.help_text = _("The invitation is for this user ID.")
        del field.widget.attrs["autofocus"]

    def clean_userid(self) -> str:
        userid: str = self.cleaned_data["userid"]
        if self.fields["userid"].disabled and is_borne(userid):
            return userid
        spelling = plain(userid)
        if not is_borne(spelling):
            raise ValidationError(gettext("This cannot be a user ID."))
        if not may_choose(spelling):
            raise ValidationError(gettext("Use lowercase letters, digits, . or - only."))
        if spelling != userid:
            raise ValidationError(gettext("Write it as %(plain)s."), params={"plain": spelling})
        return userid

    def clean_nickname(self) -> str:
        nickname: str = self.cleaned_data["nickname"]
        if not is_visible(nickname):
            raise ValidationError(gettext("A character of the name cannot be shown."))
        return nickname

    def clean(self) -> dict[str, Any] | None:
        self.validate_passwords()
        names = {name: self.cleaned_data.get(name, "") for name in ("userid", "nickname")}
        self.validate_password_for_user(User(**names), "password1")
        return super().clean()

    def add_userid_taken_error(self) -> None:
        self.add_error("userid", gettext("This user ID is taken, or looks like one that is."))
