"""Keeps the people of the server in step with the users of the project.

A saved user is sent once the transaction is committed, by a separate thread: an unavailable chat server must
not delay saving. Failures are logged, and `manage.py im66_sync` sends everybody again.
"""

import json
import logging
import queue
import threading
import urllib.request
from collections.abc import Callable, Iterable, Iterator
from itertools import islice
from typing import Any
from urllib.parse import quote

from django_im66 import conf

logger = logging.getLogger(__name__)

MAX_WAITING = 1000
# As many as the server takes at once.
PORTION = 1000

_waiting: "queue.Queue[Callable[[], None]]" = queue.Queue(MAX_WAITING)
_begin = threading.Lock()
_thread: threading.Thread | None = None


def userid_of(user: Any) -> str:
    """The primary key, which never changes."""
    return str(user.pk)


def profile_of(user: Any) -> dict[str, Any]:
    """What others see: the full name, else the username, of an e-mail address only what is before the @."""
    name = user.get_full_name() if hasattr(user, "get_full_name") else ""
    return {"nickname": name or user.get_username().partition("@")[0], "banned": not user.is_active}


def as_person(user: Any) -> dict[str, Any]:
    """The user as the server takes people."""
    return {**conf.function("PROFILE")(user), "userid": conf.function("USERID")(user)}


def sync(users: Iterable[Any], *, dry_run: bool = False) -> Iterator[dict[str, Any]]:
    """Make people or bring them up to date, 1,000 at a time. Yields what the server says of each: `userid`
    with `result` or `error`. Raises OSError."""
    rest = iter(users)
    while portion := [as_person(user) for user in islice(rest, PORTION)]:
        answer = call("POST", f"users/bulk{'?dry_run=true' if dry_run else ''}", portion)
        for person, item in zip(portion, answer["items"], strict=True):
            yield {"userid": person["userid"], **item}


def push(user: Any) -> None:
    """Bring this one up to date, later."""
    person = as_person(user)
    _later(lambda: call("POST", "users", person))


def push_deleted(userid: str) -> None:
    """The user is gone: do as `ON_DELETE` says, later."""
    what = conf.get("ON_DELETE")
    if what == "erase":
        _later(lambda: call("DELETE", f"users/{quote(userid, safe='')}"))
    elif what == "ban":
        _later(lambda: call("POST", "users", {"userid": userid, "banned": True}))


def call(method: str, path: str, body: Any = None) -> Any:
    """Call the server's API by the key. Returns what it answers. Raises OSError, such as HTTPError."""
    request = urllib.request.Request(
        f"{conf.require('URL').rstrip('/')}/api/v1/{path}",
        None if body is None else json.dumps(body).encode(),
        {"Authorization": f"Api-Key {conf.require('API_KEY')}", "Content-Type": "application/json"},
        method=method,
    )
    with urllib.request.urlopen(request, timeout=conf.get("TIMEOUT_SECONDS")) as answer:
        content = answer.read()
    return json.loads(content) if content else None


def wait() -> None:
    """Return when all that was told so far has been sent or has failed."""
    _waiting.join()


def _later(act: Callable[[], None]) -> None:
    global _thread
    try:
        _waiting.put_nowait(act)
    except queue.Full:
        logger.error("The chat server is behind: a change of a user was not told. Run manage.py im66_sync.")
        return
    with _begin:
        if _thread is None or not _thread.is_alive():
            _thread = threading.Thread(target=_send, name="django-im66", daemon=True)
            _thread.start()


def _send() -> None:
    while True:
        act = _waiting.get()
        try:
            act()
        except Exception as error:  # the next one is sent all the same
            logger.error(
                "A change of a user was not told to the chat server. Run manage.py im66_sync. %s", error
            )
        finally:
            _waiting.task_done()
