"""The script that the browser runs while no page is open. A script may do so for what is below its own path,
so this one is at the root."""

from functools import cache
from pathlib import Path

from django.contrib.staticfiles import finders
from django.http import HttpRequest, HttpResponse
from django.views.decorators.http import require_safe


@require_safe
def push_worker(request: HttpRequest) -> HttpResponse:
    # Browsers ask again at least once a day, and whenever the page registers it.
    headers = {"Cache-Control": "no-cache"}
    return HttpResponse(_script(), content_type="text/javascript; charset=utf-8", headers=headers)


@cache
def _script() -> str:
    return Path(str(finders.find("im66/push/worker.js"))).read_text()
