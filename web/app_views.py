"""The progressive web app: its manifest, its service worker, and its offline page.

The service worker is served at the root, because its scope is the path below it. Its text contains the
version of the chat client's files. So a new version is a new service worker, which caches the files of that
version.
"""

import json
from functools import cache
from pathlib import Path
from typing import Any

from csp.decorators import csp_update
from django.conf import settings
from django.contrib.staticfiles import finders
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.templatetags.static import static
from django.urls import reverse
from django.utils.translation import get_language, ngettext, override, pgettext
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from accounts.api.paths import ROOT
from accounts.services import is_open
from chat.protocol.kinds import TEXTS, for_pages
from web import assets, page_words
from web.asset_views import cache_control
from web.chat_views import config_without_server, policy
from web.modules import bundle

NAME = "im66"
# The background colour of static/im66/chat/css/tokens.css, and the colour of the icon.
_BACKGROUND, _ACCENT = "#f4f3ef", "#1f7a6d"
_LANGUAGES = {"en": "en", **page_words.LANGUAGES}
# The language tags for HTML.
_TAGS = {"zh-hans": "zh-Hans", "zh-hant": "zh-Hant"}
_WORKER = "worker/worker.js"
# The module with which pages store messages offline. The service worker deletes them.
_VAULT = "chat/wire/vault.js"
# The prefix of the addresses that contain a version.
_ASSETS = "/assets/"


@require_safe
def manifest(request: HttpRequest) -> HttpResponse:
    """Serve the web app manifest, in the page's chosen language (`?language=`) or else the browser's."""
    with override(_LANGUAGES.get(request.GET.get("language", ""), get_language())):
        fields = {
            "id": reverse("page"),
            "start_url": reverse("page"),
            "scope": reverse("page"),
            "name": NAME,
            "short_name": NAME,
            "description": _("Chat with people and groups."),
            "lang": _TAGS.get(get_language() or "", "en"),
            "display": "standalone",
            "background_color": _BACKGROUND,
            "theme_color": _ACCENT,
            "icons": [*_icons("icon", "any"), *_icons("maskable", "maskable")],
        }
    # The manifest must not be older than the page.
    return JsonResponse(
        fields, content_type="application/manifest+json", headers={"Cache-Control": "no-cache"}
    )


def _icons(name: str, purpose: str) -> list[dict[str, str]]:
    return [
        {
            "src": static(f"im66/icons/{name}-{side}.png"),
            "sizes": f"{side}x{side}",
            "type": "image/png",
            "purpose": purpose,
        }
        for side in (192, 512)
    ]


@require_safe
def worker(request: HttpRequest) -> HttpResponse:
    # Browsers check for a new version at least once a day, and whenever a page registers the script.
    headers = {"Cache-Control": "no-cache"}
    return HttpResponse(_script(), content_type="text/javascript; charset=utf-8", headers=headers)


@require_safe
def offline(request: HttpRequest, version: str) -> HttpResponseBase:
    """Serve the page that is shown while the server is unreachable.

    Its script shows the chat if the browser has stored messages. Otherwise the page has a text in all
    languages, of which the script keeps the chosen one.
    """
    files = {"script": assets.OFFLINE, "style": assets.STYLE, "app": assets.SCRIPT}
    context = {"config": config_without_server(), "version": assets.version(), **files}
    allowed = policy(settings.IM66.media_url, settings.IM66.map_tiles)
    response = csp_update(allowed)(lambda request: render(request, "web/offline.html", context))(request)
    response["Cache-Control"] = cache_control(version)
    return response


def _words(language: str) -> dict[str, Any]:
    """Return the texts of notifications."""
    with override(_LANGUAGES[language]):
        return {
            "title": pgettext("notification", "New messages"),
            "body": _("Open the chat to read them."),
            "recalled": _("A message was recalled"),
            "asks": [ngettext("1 person asks to join", "{count} people ask to join", n) for n in (1, 2)],
            "kinds": {name: f"[{_(kind['en'])}]" for name, kind in for_pages().items()},
        }


@cache
def _script() -> str:
    root = Path(str(finders.find("im66")))
    own = {path.relative_to(root).as_posix(): path.read_text() for path in root.glob("worker/*.js")}
    files = assets.assets().items()
    shared = {name: asset.plain.decode() for name, asset in files if name.startswith(("chat/text/", _VAULT))}
    script = bundle(own | shared, _WORKER).first
    return f"const SETTINGS = {json.dumps(_settings(), ensure_ascii=False)};\n{script}"


def _settings() -> dict[str, object]:
    """Return the service worker's configuration. `files` are the addresses that it caches."""
    version = assets.version()
    files = [reverse("asset", args=[version, name]) for name in assets.page_files()]
    return {
        "version": version,
        "assets": _ASSETS,
        "files": files,
        "offline": reverse("offline", args=[version]),
        "mode": "open" if is_open() else "token",
        "api": ROOT,
        "page": reverse("page"),
        "logout": reverse("logout"),
        "icon": static("im66/icons/icon-192.png"),
        "badge": static("im66/icons/badge-96.png"),
        "words": {language: _words(language) for language in _LANGUAGES},
        "texts": TEXTS,
    }
