"""The pages about mail addresses: setting a new password by mail, and confirming an address.

A link from a mail stores its code in the session and redirects, so that no displayed page has the code in its
address. If the server sends no mail, the pages name a contact.
"""

from typing import Any

from django.conf import settings
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.decorators import method_decorator
from django.utils.translation import get_language
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.generic import FormView, View

from accounts import logins, recovery
from accounts.account_status import session_digest
from accounts.addresses import client_address
from accounts.limits.limits import TooFast
from accounts.mailing import can_mail
from accounts.models import User
from accounts.services import is_open
from web.account_forms import ForgottenForm, MailAddressForm, NewPasswordForm
from web.failures import too_many_mails

# The session keys for the codes of links.
_RESET, _CONFIRM = "recover", "confirm"


def _message_page(request: HttpRequest, what: str, status: int = 200, **context: Any) -> HttpResponse:
    """Return a page with only a message. `what` names one of the template's texts."""
    context = {"what": what, "contact": settings.IM66.contact, **context}
    return render(request, "web/accounts/recovery_said.html", context, status=status)


def _unavailable_page(request: HttpRequest) -> HttpResponse | None:
    """Return the response if recovery by mail is unavailable, or else None."""
    if is_open():
        return _message_page(request, "open", status=404)
    return None if can_mail() else _message_page(request, "no_mail", status=404)


@method_decorator(never_cache, name="dispatch")
class Forgotten(FormView[ForgottenForm]):
    """Asks for the userid or address of a person who forgot the password. The response is always the same."""

    form_class = ForgottenForm
    template_name = "web/accounts/recovery_ask.html"

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> Any:
        return _unavailable_page(request) or super().dispatch(request, *args, **kwargs)

    def form_valid(self, form: ForgottenForm) -> HttpResponse:
        try:
            typed = form.cleaned_data["typed"]
            recovery.ask_for_reset(typed, client_address(self.request), get_language())
        except TooFast as error:
            return too_many_mails(self.request, error.seconds)
        return _message_page(self.request, "asked")


@never_cache
def take_reset(request: HttpRequest, code: str) -> HttpResponse:
    return _store_code(request, code, _RESET)


@never_cache
def take_confirmation(request: HttpRequest, code: str) -> HttpResponse:
    return _store_code(request, code, _CONFIRM)


def _store_code(request: HttpRequest, code: str, kind: str) -> HttpResponse:
    """Store a valid code in the session, and redirect to its page. An invalid code is not stored."""
    check = {_RESET: recovery.reader_of_reset, _CONFIRM: recovery.confirmation_in}[kind]
    try:
        check(code)
    except recovery.LinkInvalid:
        request.session.pop(kind, None)
    else:
        request.session[kind] = code
    return redirect({_RESET: "new_password", _CONFIRM: "confirm_email"}[kind])


@method_decorator(sensitive_post_parameters(), name="dispatch")
@method_decorator(never_cache, name="dispatch")
class NewPassword(FormView[NewPasswordForm]):
    """Sets a new password, authorized by the code in the session."""

    form_class = NewPasswordForm
    template_name = "web/accounts/recovery_password.html"
    reader: User

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> Any:
        try:
            self.reader = recovery.reader_of_reset(request.session.get(_RESET, ""))
        except recovery.LinkInvalid:
            return _message_page(request, "invalid", status=404)
        return super().dispatch(request, *args, **kwargs)

    def get_form_kwargs(self) -> dict[str, Any]:
        return {**super().get_form_kwargs(), "user": self.reader}

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        return super().get_context_data(**kwargs, userid=self.reader.pk)

    def form_valid(self, form: NewPasswordForm) -> HttpResponse:
        try:
            userid = recovery.reset(self.request.session.pop(_RESET, ""), form.cleaned_data["new_password1"])
        except recovery.LinkInvalid:
            return _message_page(self.request, "invalid", status=404)
        recovery.mail_password_changed(userid, get_language())
        # A login of the same person in this browser ends.
        return _message_page(self.request, "reset")


@method_decorator(sensitive_post_parameters(), name="dispatch")
@method_decorator([never_cache, login_required], name="dispatch")
class MailAddress(FormView[MailAddressForm]):
    """Changes the person's mail address. A new address becomes effective when it is confirmed."""

    form_class = MailAddressForm
    template_name = "web/accounts/email.html"

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> Any:
        return _unavailable_page(request) or super().dispatch(request, *args, **kwargs)

    def get_form_kwargs(self) -> dict[str, Any]:
        return {**super().get_form_kwargs(), "request": self.request, "is_fresh": self._is_fresh()}

    def get_initial(self) -> dict[str, Any]:
        return {"email": self._user.email}

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        user = self._user
        is_confirmed = bool(user.email) and user.email == user.confirmed_email
        return super().get_context_data(**kwargs, is_confirmed=is_confirmed)

    def form_valid(self, form: MailAddressForm) -> HttpResponse:
        email, userid = form.cleaned_data["email"], self._user.pk
        if not email:
            recovery.forget_address(userid, get_language())
            return _message_page(self.request, "forgotten")
        try:
            recovery.ask_to_confirm(userid, email, get_language())
        except TooFast as error:
            return too_many_mails(self.request, error.seconds)
        return _message_page(self.request, "confirm_asked", email=email)

    @property
    def _user(self) -> User:
        user = self.request.user
        assert isinstance(user, User)
        return user

    def _is_fresh(self) -> bool:
        key = self.request.session.session_key
        return logins.is_fresh(self._user.pk, session_digest(key)) if key else False


@method_decorator(never_cache, name="dispatch")
class ConfirmAddress(View):
    """Confirms an address by a button, because mail scanners open every link in a mail."""

    def get(self, request: HttpRequest) -> HttpResponse:
        try:
            pending = recovery.confirmation_in(request.session.get(_CONFIRM, ""))
        except recovery.LinkInvalid:
            return _message_page(request, "invalid_confirmation", status=404)
        context = {"userid": pending.userid, "email": pending.email}
        return render(request, "web/accounts/email_confirm.html", context)

    def post(self, request: HttpRequest) -> HttpResponse:
        try:
            confirmed = recovery.confirm(request.session.pop(_CONFIRM, ""), get_language())
        except recovery.LinkInvalid:
            return _message_page(request, "invalid_confirmation", status=404)
        return _message_page(request, "confirmed", email=confirmed.email)
