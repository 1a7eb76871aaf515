"""The page at `/`: the chat client."""

from typing import Any
from urllib.parse import urlsplit

from csp.constants import SELF
from csp.decorators import csp_update
from django.conf import settings
from django.contrib.auth.views import redirect_to_login
from django.http import HttpRequest, HttpResponse
from django.middleware.csrf import get_token
from django.shortcuts import render
from django.templatetags.static import static
from django.urls import reverse
from django.utils.decorators import method_decorator
from django.views.decorators.cache import never_cache
from django.views.generic import View

from accounts.addresses import base_url
from accounts.demo_people import DEMO_PEOPLE
from accounts.selectors import people_of, picture_url
from accounts.services import is_open
from chat.reading.selectors import last_id
from web import assets


def policy(media_url: str) -> dict[str, list[str]]:
    """What this page may do besides what all pages may: show and play what is not uploaded yet, from memory,
    and media, which may be on another host."""
    parts = urlsplit(media_url)
    host = [f"{parts.scheme}://{parts.netloc}"] if media_url else []
    return {
        "img-src": ["blob:", *host],
        "media-src": [SELF, "blob:", *host],
        "connect-src": [SELF, "blob:", *host],
    }


@method_decorator([never_cache, csp_update(policy(settings.IM66.media_url))], name="dispatch")
class Chat(View):
    """In token mode, for whoever has logged in with this browser."""

    def get(self, request: HttpRequest) -> HttpResponse:
        if not is_open() and not request.user.is_authenticated:
            return redirect_to_login(request.get_full_path())
        files = {"script": assets.SCRIPT, "early": assets.EARLY, "style": assets.STYLE}
        said = {"config": _config(request), "version": assets.version()}
        return render(request, "web/chat.html", {**said, **files})


def _config(request: HttpRequest) -> dict[str, Any]:
    """What static/im66/chat/config.js describes."""
    pages = {name: reverse(name) for name in ("login", "logout", "password", "console")}
    return {
        "mode": "open" if is_open() else "token",
        "userid": "" if is_open() else str(request.user.pk),
        "csrf": "" if is_open() else get_token(request),
        "people": _people(base_url(request)) if is_open() else [],
        "head": last_id(),
        "service": settings.IM66.desk_userid,
        "urls": {"static": static("im66/"), "media": settings.IM66.media_url, **pages},
    }


def _people(base: str) -> list[dict[str, str]]:
    """The people of the demo, if this is one: whom to try it as."""
    found = {userid: (nickname, picture) for userid, nickname, picture in people_of(DEMO_PEOPLE)}
    return [
        {"userid": userid, "nickname": found[userid][0], "avatar": picture_url(found[userid][1], base)}
        for userid, nickname in DEMO_PEOPLE.items()
        if userid in found and found[userid][0] == nickname
    ]
