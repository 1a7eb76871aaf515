"""Sign-in by a code that the user confirms on another device: the calls of the sign-in page that shows the
code, and the page that confirms it.

The code is in the fragment of that page's address (after `#`), so it reaches no log and no other site.
"""

from typing import Any

from django.conf import settings
from django.http import (
    Http404,
    HttpRequest,
    HttpResponse,
    HttpResponseBase,
    HttpResponseRedirect,
    JsonResponse,
)
from django.shortcuts import render
from django.urls import reverse
from django.utils.decorators import method_decorator
from django.views.decorators.cache import never_cache
from django.views.generic import View

from accounts import logins, sign_in_codes
from accounts.addresses import base_url, client_address, pages_url
from accounts.limits import limits
from web.account_views import LogIn
from web.failures import too_many_logins

# The cookie for the browser's secret, which is sent only with these calls.
COOKIE = "im66_sign_in"
_COOKIE_SECONDS = 600


@method_decorator(never_cache, name="dispatch")
class CodeView(View):
    http_method_names = ["post"]

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        if not sign_in_codes.are_on():
            raise Http404
        try:
            return super().dispatch(request, *args, **kwargs)
        except limits.TooFast as error:
            return JsonResponse({"retry": error.seconds}, status=429)


class BeginCode(CodeView):
    def post(self, request: HttpRequest) -> HttpResponse:
        """Return a new code's URL, and the number of seconds for which the browser shows it."""
        begun = sign_in_codes.begin(request, request.COOKIES.get(COOKIE, ""))
        url = f"{pages_url(request) or base_url(request)}{reverse('confirm_code')}#{begun.code}"
        answer = JsonResponse({"url": url, "seconds": sign_in_codes.CODE_SECONDS})
        answer.set_cookie(
            COOKIE,
            begun.secret,
            max_age=_COOKIE_SECONDS,
            path=reverse("login"),
            secure=settings.SESSION_COOKIE_SECURE,
            httponly=True,
            samesite="Strict",
        )
        return answer


class CodeState(CodeView):
    def post(self, request: HttpRequest) -> HttpResponse:
        limits.current().queries.take(client_address(request))
        return JsonResponse({"state": sign_in_codes.state_of(request.COOKIES.get(COOKIE, ""))})


class RedeemCode(LogIn):
    """Logs in the browser whose code was confirmed, as after a correct password."""

    http_method_names = ["post"]

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> Any:
        if not sign_in_codes.are_on():
            raise Http404
        return super().dispatch(request, *args, **kwargs)

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        try:
            user = sign_in_codes.redeem(request.COOKIES.get(COOKIE, ""), request)
            answer = self.admit(user)
        except sign_in_codes.CodeGone:
            return HttpResponseRedirect(reverse("login"))
        except limits.TooFast as error:
            return too_many_logins(request, error.seconds)
        if request.user.is_authenticated:
            logins.note_code(request)
        answer.delete_cookie(COOKIE, reverse("login"), samesite="Strict")
        return answer


@never_cache
def confirm_code(request: HttpRequest) -> HttpResponse:
    """Show the page that confirms a code on the other device. Its script reads the code from the address."""
    if not sign_in_codes.are_on():
        raise Http404
    return render(request, "web/accounts/confirm_code.html", {"has_signed_in": request.user.is_authenticated})
