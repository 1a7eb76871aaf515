"""The desk's page with the doctor's findings. The checks run in a thread, one run at a time, and at most once
a minute."""

import logging
import threading
import time
from typing import Any, NamedTuple

from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext, gettext_lazy

from im66.doctor import examining
from im66.doctor.examining import Result
from moderation.desk.site import DeskPage, register, render_page
from moderation.moderators import VIEW_STATUS, Moderator

logger = logging.getLogger(__name__)

MAX_AGE_SECONDS = 60.0


class Examination(NamedTuple):
    """The results of a run. `ended_at`: seconds since 1970."""

    ended_at: float
    results: list[Result]


class Background:
    """Runs the checks in a thread, and keeps the newest results."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._newest: Examination | None = None

    def newest(self) -> Examination | None:
        """Return the newest results at once; None before the first run ends. Begin a run if they are old."""
        newest = self._newest
        is_old = newest is None or not 0 <= time.time() - newest.ended_at < MAX_AGE_SECONDS
        if is_old and self._lock.acquire(blocking=False):
            threading.Thread(target=self._run, name="im66-doctor", daemon=True).start()
        return newest

    def wait_until_idle(self, seconds: float) -> None:
        """Wait up to `seconds` until no checks run."""
        if self._lock.acquire(timeout=seconds):
            self._lock.release()

    def _run(self) -> None:
        try:
            results = examining.examine()
            self._newest = Examination(time.time(), results)
        except Exception:
            logger.exception("The doctor could not run.")
        finally:
            self._lock.release()


background = Background()


def status(request: HttpRequest, moderator: Moderator) -> HttpResponse:
    """The complete page."""
    return render_page(request, "admin/desk/status.html", gettext("Server status"), **_examined())


def live(request: HttpRequest, moderator: Moderator) -> HttpResponse:
    """The part of the page that changes, for the script that refreshes it."""
    return render_page(request, "admin/desk/status_live.html", "", **_examined())


def _examined() -> dict[str, Any]:
    newest = background.newest()
    return {"ended_at": newest and int(newest.ended_at), "results": newest.results if newest else ()}


register(
    DeskPage("status/", status, "status", VIEW_STATUS, gettext_lazy("Server status")),
    DeskPage("status/live/", live, "status_live", VIEW_STATUS),
)
