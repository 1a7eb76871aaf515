"""The page at `/`: the chat client.

It brings the list of conversations along, as the API answers it, which saves a round trip.
"""

from copy import copy
from typing import Any
from urllib.parse import urlsplit

from csp.constants import SELF
from csp.decorators import csp_replace, csp_update
from django.conf import settings
from django.contrib.auth.views import redirect_to_login
from django.http import Http404, HttpRequest, QueryDict
from django.http.response import HttpResponseBase
from django.middleware.csrf import get_token
from django.shortcuts import render
from django.templatetags.static import static
from django.urls import resolve, reverse
from django.utils.decorators import method_decorator
from django.utils.safestring import SafeString
from django.views.decorators.cache import never_cache
from django.views.decorators.clickjacking import xframe_options_exempt
from django.views.generic import View

from accounts.account_status import session_digest
from accounts.addresses import base_url
from accounts.api.paths import ROOT
from accounts.demo_people import DEMO_PEOPLE
from accounts.selectors import people_of, picture_url
from accounts.services import is_open
from log.positions import last_id
from web import assets, page_words

# In open mode, whom the browser remembers; static/im66/chat/state/remembered.js sets it.
USERID_COOKIE = "im66_userid"
# The first page of the list, as static/im66/chat/wire/first_requests.js asks for it.
FIRST_ROWS = "folder=main&limit=50"
# A longer list would keep the rest of the page waiting on a slow link. The page asks for it by itself.
MAX_LIST_BYTES = 128 * 1024
# What an element of a page cannot hold as it is. In JSON they stand in texts only.
_ESCAPES = {ord(sign): f"\\u{ord(sign):04X}" for sign in "<>&"}


def policy(media_url: str, map_tiles: str = "") -> dict[str, list[str]]:
    """What this page may do besides what all pages may: show and play what is not uploaded yet, from memory,
    and media, which may be on another host; and show maps."""
    host = _origins(media_url)
    return {
        "img-src": ["blob:", *host, *_origins(map_tiles)],
        "media-src": [SELF, "blob:", *host],
        "connect-src": [SELF, "blob:", *host],
    }


def _origins(url: str) -> list[str]:
    parts = urlsplit(url)
    return [f"{parts.scheme}://{parts.netloc}"] if url else []


@method_decorator(never_cache, name="dispatch")
class Chat(View):
    """In token mode, the page of the person who is logged in with this browser."""

    def get(self, request: HttpRequest) -> HttpResponseBase:
        if not is_open() and not request.user.is_authenticated:
            return redirect_to_login(request.get_full_path())
        files = {"script": assets.SCRIPT, "early": assets.EARLY, "style": assets.STYLE}
        # Before the list is read: later changes come on the socket.
        config = _config(request, "open" if is_open() else "token")
        userid = request.COOKIES.get(USERID_COOKIE, "") if is_open() else str(request.user.pk)
        conversations = _conversations(request, userid)
        config["listed"] = userid if conversations else ""
        context = {"config": config, "conversations": conversations, "version": assets.version()}
        allowed = policy(settings.IM66.media_url, settings.IM66.map_tiles)
        show = csp_update(allowed)(lambda request: render(request, "web/chat.html", {**context, **files}))
        return show(request)


@method_decorator([never_cache, xframe_options_exempt], name="dispatch")
class Embedded(View):
    """The chat client in a frame of a site that IM66_EMBED_ORIGINS lists. The site says who uses it, by a
    token. Nothing here depends on cookies."""

    def get(self, request: HttpRequest) -> HttpResponseBase:
        hosts = settings.IM66.embed_origins
        if is_open() or not hosts:
            raise Http404
        config = _config(request, "embed") | {"hosts": hosts}
        files = {"script": assets.SCRIPT, "embed": assets.EMBED, "style": assets.STYLE}
        context = {"config": config, "version": assets.version(), **files}
        show = csp_update(policy(settings.IM66.media_url))(
            lambda request: render(request, "web/embed.html", context)
        )
        return csp_replace({"frame-ancestors": hosts})(show)(request)


def _conversations(request: HttpRequest, userid: str) -> SafeString | None:
    """What the API answers this person's page that asks for them, as JSON for an element of the page; None if
    that is a refusal, or long. `userid`: in open mode as a cookie has it, percent-encoded."""
    if not userid:
        return None
    path = f"{ROOT}conversations"
    answer = resolve(path).func(_call_by_page(request, path, userid)).render()
    if answer.status_code != 200 or len(answer.content) > MAX_LIST_BYTES:
        return None
    return SafeString(answer.content.decode().translate(_ESCAPES))


def _call_by_page(request: HttpRequest, path: str, userid: str) -> HttpRequest:
    """The call that the page would make. That this request has loaded the page proves as much: the answer is
    part of a document that no other site can read."""
    call = copy(request)
    call.__dict__.pop("headers", None)
    call.GET = QueryDict(FIRST_ROWS)
    proof = {"HTTP_AUTHORIZATION": f"Userid {userid}"} if is_open() else {}
    site = {"HTTP_SEC_FETCH_SITE": "same-origin", "HTTP_SEC_FETCH_DEST": "empty"}
    call.META = {**request.META, **site, **proof}
    for name in ("HTTP_ORIGIN", "HTTP_ACCEPT_ENCODING"):
        call.META.pop(name, None)
    call.path = call.path_info = path
    call.resolver_match = resolve(path)
    return call


def _config(request: HttpRequest, mode: str) -> dict[str, Any]:
    """What static/im66/chat/config.js describes, but for what web/page_words.py says."""
    has_session = mode == "token"
    return {
        **_config_of_all(mode),
        "userid": str(request.user.pk) if has_session else "",
        "csrf": get_token(request) if has_session else "",
        "people": _people(base_url(request)) if is_open() else [],
        "head": last_id(),
        "history": _history(request) if has_session else None,
    }


def _history(request: HttpRequest) -> dict[str, Any] | None:
    """For which sign-in this browser may keep messages to be read without a network, and how long."""
    days, key = settings.IM66.offline_history_days, request.session.session_key
    return {"login": session_digest(key), "days": days} if days and key else None


def config_without_server() -> dict[str, Any]:
    """The same for the page that a browser stores for offline use. Its script adds the person."""
    return {**_config_of_all("token"), "userid": "", "csrf": "", "people": [], "listed": "", "offline": True}


def _config_of_all(mode: str) -> dict[str, Any]:
    pages: dict[str, Any] = {
        name: reverse(name) for name in ("login", "logout", "password", "email", "my_data", "console")
    }
    pages |= {
        "factors": reverse("mfa_index"),
        "style": reverse("asset", args=[assets.version(), assets.LATE_STYLE]),
        "texts": {
            language: reverse("asset", args=[assets.version(), f"{language}.json"])
            for language in page_words.LANGUAGES
        },
    }
    return {
        "mode": mode,
        "service": settings.IM66.desk_userid,
        "map": {"url": settings.IM66.map_url, "tiles": settings.IM66.map_tiles},
        "urls": {"static": static("im66/"), "media": settings.IM66.media_url, **pages},
    }


def _people(base: str) -> list[dict[str, str]]:
    """The people of the demo, if this is one: whom to try it as."""
    people = {userid: (nickname, picture) for userid, nickname, picture, _ in people_of(DEMO_PEOPLE)}
    return [
        {"userid": userid, "nickname": people[userid][0], "avatar": picture_url(people[userid][1], base)}
        for userid, nickname in DEMO_PEOPLE.items()
        if userid in people and people[userid][0] == nickname
    ]
