"""Signs in the person that a proxy has authenticated, by the header IM66_REMOTE_USER_HEADER.

`im66.forwarded` removes the header from every request, and keeps the value only if it comes from
IM66_PROXIES. The header only begins a browser session. Then everything is as after a login by password: the
cookie, CSRF tokens, bans, the list of logins. So pages of other sites cannot use the header that the proxy
adds to each request.
"""

from collections.abc import Callable

from django.conf import settings
from django.contrib import auth
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponseBase

from accounts import refusals
from accounts.addresses import client_address
from accounts.api.paths import is_api
from accounts.authentication.authentication import AccountBanned, UnknownPerson
from accounts.models import User
from accounts.services import ensure_users, is_desk
from accounts.wording import Denial
from groups.calls import is_group_call
from im66.forwarded import REMOTE_USER
from im66.transport import is_file

GetResponse = Callable[[HttpRequest], HttpResponseBase]


def sign_in(get_response: GetResponse) -> GetResponse:
    """A middleware for the position after Django's AuthenticationMiddleware."""

    def respond(request: HttpRequest) -> HttpResponseBase:
        userid = getattr(request, "scope", {}).get(REMOTE_USER, "")
        if userid and userid != request.user.pk and _is_page(request):
            _sign_in(request, userid)
        return get_response(request)

    return respond


def _is_page(request: HttpRequest) -> bool:
    path = request.path_info
    return request.method in ("GET", "HEAD") and not (is_api(path) or is_group_call(path) or is_file(path))


def _sign_in(request: HttpRequest, userid: str) -> None:
    """Sign in the person. Raises PermissionDenied if the person may not sign in."""
    if denial := _denial(userid):
        auth.logout(request)  # ends the session of the previous person
        refusals.log_denial(denial, "a page", userid, client_address(request))
        raise PermissionDenied(denial.text)
    user = auth.authenticate(request, remote_user=userid)
    if user is not None:
        auth.login(request, user)


def _denial(userid: str) -> Denial | None:
    # Checked here, because a failure of the backend counts as a failed login of this address.
    if is_desk(userid):
        return AccountBanned(userid)
    user = User.objects.filter(pk=userid).first()
    if user is None and settings.IM66.token_creates_users:
        ensure_users([userid])
        return None
    if user is None:
        return UnknownPerson(userid)
    return None if user.is_active else AccountBanned(userid)
