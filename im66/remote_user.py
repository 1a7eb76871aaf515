"""Signs in on a page whom a proxy in front names: IM66_REMOTE_USER_HEADER.

The header counts from IM66_PROXIES only: `im66.forwarded` removes it from every request, and keeps what a
proxy has said. It only begins a browser session. From there on all is as after a login by password: the
cookie, the tokens of our forms, bans, the list of logins. So no page of another site can use what the proxy
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
    """A middleware, after Django's AuthenticationMiddleware."""

    def respond(request: HttpRequest) -> HttpResponseBase:
        named = getattr(request, "scope", {}).get(REMOTE_USER, "")
        if named and named != request.user.pk and _is_page(request):
            _sign_in(request, named)
        return get_response(request)

    return respond


def _is_page(request: HttpRequest) -> bool:
    path = request.path_info
    return request.method in ("GET", "HEAD") and not (is_api(path) or is_group_call(path) or is_file(path))


def _sign_in(request: HttpRequest, userid: str) -> None:
    """Raises PermissionDenied for somebody who may not come in."""
    if denied := _denial(userid):
        auth.logout(request)  # the person who had logged in here before
        refusals.log_denial(denied, "a page", userid, client_address(request))
        raise PermissionDenied(denied.text)
    user = auth.authenticate(request, remote_user=userid)
    if user is not None:
        auth.login(request, user)


def _denial(userid: str) -> Denial | None:
    # Not left to the backend: to fail there counts as a wrong password of this address.
    if is_desk(userid):
        return AccountBanned(userid)
    user = User.objects.filter(pk=userid).first()
    if user is None and settings.IM66.token_creates_users:
        ensure_users([userid])
        return None
    if user is None:
        return UnknownPerson(userid)
    return None if user.is_active else AccountBanned(userid)
