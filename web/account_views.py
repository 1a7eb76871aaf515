"""The pages about accounts: logging in and out, signing up, changing the password.

Where possible they use Django's views, which run in threads, as django-axes requires.
"""

from typing import Any, cast

from django.conf import settings
from django.contrib.auth import login, logout
from django.contrib.auth.forms import AuthenticationForm
from django.contrib.auth.views import LoginView, LogoutView, PasswordChangeDoneView, PasswordChangeView
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import redirect, render
from django.urls import reverse_lazy
from django.utils.decorators import method_decorator
from django.utils.module_loading import import_string
from django.utils.translation import get_language
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.generic import FormView

from accounts import invitations, logins, recovery, sign_in_codes
from accounts.addresses import client_address
from accounts.authentication import second_factor
from accounts.limits import limits
from accounts.models import Invitation, User
from accounts.services import CLOSED, SignUpClosed, UseridTaken, is_open, sign_up
from accounts.texts import TextRefused
from accounts.wording import in_words
from web.account_forms import ChangePasswordForm, LogInForm, SignUpForm
from web.failures import too_many_accounts, too_many_logins

# The session key for the digest of an invitation's code.
_INVITATION = "invitation"
# The session key for the name of the page to show first after the login.
AFTER_LOGIN = "after_login"


class LogIn(LoginView):
    form_class = LogInForm
    template_name = "web/accounts/log_in.html"
    redirect_authenticated_user = True
    extra_context = {
        "signs_up": lambda: settings.IM66.signup == "open",
        "recovers": lambda: not is_open(),
        "openid": lambda: settings.IM66.oidc_issuer and _provider_name(),
        "has_codes": sign_in_codes.are_on,
        "has_factors": lambda: settings.IM66.second_factor != "off",
    }

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        try:
            # Checked before the password is hashed, which is expensive.
            limits.current().logins.check_alone(request.POST.get("username", ""))
            return super().post(request, *args, **kwargs)
        except limits.TooFast as error:
            return too_many_logins(request, error.seconds)

    def form_valid(self, form: AuthenticationForm) -> HttpResponse:
        return self.admit(form.get_user())

    def admit(self, user: User) -> HttpResponse:
        """Log in a user after the first factor, or ask for the second factor. Raises TooFast."""
        if second_factor.is_set(user):
            return cast(HttpResponse, second_factor.ask(self.request, user, self.get_success_url()))
        limits.current().logins.take_alone(user.pk)
        login(self.request, user, second_factor.BACKEND)
        return HttpResponseRedirect(self.get_success_url())

    def get_success_url(self) -> str:
        first = self.request.session.pop(AFTER_LOGIN, "")
        return str(reverse_lazy(first)) if first else super().get_success_url()

    def get_redirect_url(self) -> str:  # type: ignore[override]  # of a later Django
        url: str = super().get_redirect_url()
        # Django raises an error if a logged-in user is to be redirected to the login page itself.
        return "" if url == self.request.path else url


class LogOut(LogoutView):
    next_page = "login"

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        provider_url = _provider_logout_url(request)
        response = super().post(request, *args, **kwargs)
        # A page with a link, not a redirect: the CSP allows a form no redirect to another host.
        context = {"there": provider_url, "name": _provider_name()}
        return render(request, "web/accounts/signed_out.html", context) if provider_url else response


def _provider_name() -> str:
    return settings.IM66.oidc_name or "OpenID"


def _provider_logout_url(request: HttpRequest) -> str:
    """Return the OpenID provider's logout URL, or empty if this session was not signed in by the provider."""
    login = settings.IM66.oidc_issuer and logins.provider_login(request, str(request.user.pk))
    if not login:
        return ""
    url: str = import_string("accounts.openid_logout.end_session_url")(request, login["id_token"])
    return url


@method_decorator(never_cache, name="dispatch")
class ChangePassword(PasswordChangeView):
    """Changes the password. Django then ends the person's other sessions."""

    form_class = ChangePasswordForm
    template_name = "web/accounts/password.html"
    success_url = reverse_lazy("password_changed")

    def get_form_kwargs(self) -> dict[str, Any]:
        return {**super().get_form_kwargs(), "request": self.request}

    def form_valid(self, form: Any) -> HttpResponse:
        answer = super().form_valid(form)
        userid = form.user.pk
        # Django has changed the session's key.
        logins.note(self.request, userid)
        recovery.mail_password_changed(userid, get_language())
        return answer


class PasswordChanged(PasswordChangeDoneView):
    template_name = "web/accounts/password_changed.html"


@never_cache
def take_invitation(request: HttpRequest, code: str) -> HttpResponse:
    """Store an invitation in the session, and redirect to the form.

    The form's address does not contain the code, so neither logs nor Referer headers reveal it.
    """
    try:
        invitation = invitations.find(invitations.digest_of(code))
    except invitations.InvitationInvalid:
        return redirect(f"{reverse_lazy('signup')}?invalid")
    request.session[_INVITATION] = invitation.digest
    return redirect("signup")


@method_decorator(sensitive_post_parameters(), name="dispatch")
@method_decorator(never_cache, name="dispatch")
class SignUp(FormView[SignUpForm]):
    """The sign-up form. It uses the invitation in the session, if there is one."""

    form_class = SignUpForm
    template_name = "web/accounts/sign_up.html"
    success_url = reverse_lazy("page")
    invitation: Invitation | None = None

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> Any:
        try:
            self.invitation = _invitation_of(request)
        except invitations.InvitationInvalid:
            # Shown once: if sign-up is open, the next request shows the form.
            request.session.pop(_INVITATION, None)
            return _refuse(request, is_invalid=True)
        if not (self.invitation or settings.IM66.signup == "open"):
            return _refuse(request)
        return super().dispatch(request, *args, **kwargs)

    def get_form_kwargs(self) -> dict[str, Any]:
        invited = self.invitation.userid if self.invitation else ""
        return {**super().get_form_kwargs(), "invited": invited}

    def form_valid(self, form: SignUpForm) -> HttpResponse:
        fields = form.cleaned_data
        try:
            limits.sign_up(client_address(self.request))
            user = sign_up(fields["userid"], fields["password1"], fields["nickname"], self.invitation)
        except limits.TooFast as error:
            return too_many_accounts(self.request, error.seconds)
        except UseridTaken:
            form.add_userid_taken_error()
            return self.form_invalid(form)
        except TextRefused as refused:
            form.add_error("nickname", refused.explanation or in_words(refused))
            return self.form_invalid(form)
        except (SignUpClosed, invitations.InvitationInvalid):
            return _refuse(self.request, is_invalid=True)
        # The new user gets an empty session, without data of an earlier login.
        logout(self.request)
        login(self.request, user, second_factor.BACKEND)
        return HttpResponseRedirect(self.get_success_url())


def _invitation_of(request: HttpRequest) -> Invitation | None:
    """Return the invitation in the session, or None.

    Raises invitations.InvitationInvalid if it is no longer valid.
    """
    if "invalid" in request.GET:
        raise invitations.InvitationInvalid
    digest = request.session.get(_INVITATION)
    invitation = invitations.find(digest) if digest else None
    is_closed = settings.IM66.signup == CLOSED and not (invitation and invitation.makes_admin)
    return None if is_closed else invitation


def _refuse(request: HttpRequest, *, is_invalid: bool = False) -> HttpResponse:
    context = {"is_invalid": is_invalid, "is_closed": settings.IM66.signup == "closed"}
    return render(request, "web/accounts/no_sign_up.html", context, status=403)
