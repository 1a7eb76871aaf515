"""The page at `/`, which is the chat client, and the console.

The page contains the list of conversations in the API's format, which saves a round trip.
"""

from copy import copy
from typing import Any
from urllib.parse import urlsplit

from csp.constants import SELF
from csp.decorators import csp_replace, csp_update
from django.conf import settings
from django.contrib.auth.views import redirect_to_login
from django.http import Http404, HttpRequest, HttpResponse, QueryDict
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
from chat.protocol.kinds import for_pages
from log.positions import last_id
from web import assets, page_words
from web.console.http import EXAMPLES, UPLOADS
from web.console.json import commands
from web.console.legacy import CALLS, verbs

# In open mode, the cookie with the browser's userid, set by static/im66/chat/state/remembered.js.
USERID_COOKIE = "im66_userid"
# The query for the first page of the list, as in static/im66/chat/wire/first_requests.js.
FIRST_ROWS = "folder=main&limit=50"
# A longer list would delay the rest of the page on a slow link, so the page then requests it separately.
MAX_LIST_BYTES = 128 * 1024
# Characters that must be escaped inside a script element. In JSON they occur only in strings.
_ESCAPES = {ord(sign): f"\\u{ord(sign):04X}" for sign in "<>&"}


def policy(media_url: str, map_tiles: str = "") -> dict[str, list[str]]:
    """Return the page's additions to the content security policy.

    It may show and play files from memory before they are uploaded, media from their host, and map tiles.
    """
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
    """The chat page. In token mode it requires a login."""

    def get(self, request: HttpRequest) -> HttpResponseBase:
        if not is_open() and not request.user.is_authenticated:
            return redirect_to_login(request.get_full_path())
        files = {"script": assets.SCRIPT, "early": assets.EARLY, "style": assets.STYLE}
        # This reads the log's position before the list is read: the socket delivers later changes.
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
    """The chat client for a frame of a site in IM66_EMBED_ORIGINS. The site identifies its user by a token.

    This page does not use cookies.
    """

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
    """Return the person's conversations as JSON for a script element, or None if refused or too long.

    `userid` is percent-encoded in open mode, as in the cookie.
    """
    if not userid:
        return None
    path = f"{ROOT}conversations"
    answer = resolve(path).func(_api_request(request, path, userid)).render()
    if answer.status_code != 200 or len(answer.content) > MAX_LIST_BYTES:
        return None
    return SafeString(answer.content.decode().translate(_ESCAPES))


def _api_request(request: HttpRequest, path: str, userid: str) -> HttpRequest:
    """Return the API request that the page would send.

    It may claim to be same-origin: its answer becomes part of this document, which no other site can read.
    """
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
    """Return the configuration that static/im66/chat/config.js describes, without web/page_words.py's
    part."""
    has_session = mode == "token"
    return {
        **_common_config(mode),
        "userid": str(request.user.pk) if has_session else "",
        "csrf": get_token(request) if has_session else "",
        "people": _people(base_url(request)) if is_open() else [],
        "head": last_id(),
        "history": _history(request) if has_session else None,
    }


def _history(request: HttpRequest) -> dict[str, Any] | None:
    """Return the login for which the browser may store messages offline, and for how many days, or None."""
    days, key = settings.IM66.offline_history_days, request.session.session_key
    return {"login": session_digest(key), "days": days} if days and key else None


def config_without_server() -> dict[str, Any]:
    """Return the configuration of the offline page. Its script adds the userid."""
    return {**_common_config("token"), "userid": "", "csrf": "", "people": [], "listed": "", "offline": True}


def _common_config(mode: str) -> dict[str, Any]:
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
    """Return the users of a demo installation, who can be chosen on the page."""
    people = {userid: (nickname, picture) for userid, nickname, picture, _ in people_of(DEMO_PEOPLE)}
    return [
        {"userid": userid, "nickname": people[userid][0], "avatar": picture_url(people[userid][1], base)}
        for userid, nickname in DEMO_PEOPLE.items()
        if userid in people and people[userid][0] == nickname
    ]


def console(request: HttpRequest) -> HttpResponse:
    """Show the frames of both dialects in both directions, and a form for each verb, command and API call."""
    userid = str(request.user.pk) if request.user.is_authenticated else ""
    context = {
        "verbs": verbs(userid),
        "commands": commands(userid, is_open=is_open()),
        "uploads": UPLOADS,
        "calls": CALLS,
        "examples": EXAMPLES,
        "root": ROOT,
        "is_open": is_open(),
        "userid": userid,
        "kinds": for_pages(),
    }
    return render(request, "web/console.html", context)
