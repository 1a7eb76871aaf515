"""A superuser in the admin of a real server, as in a browser."""

import asyncio
import re
from collections.abc import Sequence
from http.cookiejar import CookieJar
from urllib.parse import quote, urlencode
from urllib.request import HTTPCookieProcessor, build_opener

from testkit.server import Server

USERID, PASSWORD = "operator", "correct horse battery"
_MAKE = "from accounts.models import User; User.objects.create_superuser({!r}, {!r})"
PEOPLE = "admin/accounts/user/"
# Settings of a server that sends no service messages about actions.
SILENT = {"IM66_DESK_USERID": ""}
# The desk's names of the actions.
_DEEDS = {"mute": "mute", "unmute": "unmute", "lock": "ban", "unlock": "unban"}


class Operator:
    """A superuser of the server."""

    def __init__(self, server: Server) -> None:
        self._url = f"{server.http}/"
        self._cookies = CookieJar()
        self._browser = build_opener(HTTPCookieProcessor(self._cookies))

    @classmethod
    async def of(cls, server: Server) -> "Operator":
        """Create a superuser, and log in. Call this once for each database."""
        await asyncio.to_thread(server.run_python, _MAKE.format(USERID, PASSWORD))
        operator = cls(server)
        await operator.log_in()
        return operator

    @property
    def session_key(self) -> str:
        """The key of the browser session."""
        (key,) = (cookie.value for cookie in self._cookies if cookie.name == "sessionid")
        assert key
        return key

    async def log_in(self, userid: str = USERID) -> None:
        """Log in. All users have the same password, and the client may be logged in as another user."""
        await self._post("admin/login/", username=userid, password=PASSWORD, next="/admin/")

    async def log_out(self) -> None:
        await self._post("admin/logout/", form="admin/")

    async def act(self, action: str, *userids: str) -> None:
        """`mute`, `unmute`, `lock` or `unlock` people, without an end.

        They get a service message, unless IM66_DESK_USERID is empty.
        """
        for userid in userids:
            path = f"admin/people/u:{quote(userid)}/{_DEEDS[action]}/"
            page = await self._post(path, lasts="ever", for_good="on", recall_hours="0", reason="because")
            assert '<li class="success">' in page, page

    async def set_password(self, userid: str) -> None:
        """Give the person a new password."""
        fields = {"usable_password": "true", "password1": PASSWORD, "password2": PASSWORD}
        await self._post(f"{PEOPLE}{userid}/password/", **fields)

    async def _post(self, path: str, form: str = "", **fields: str | Sequence[str]) -> str:
        """Send the form at `form` to `path`, and return the next page."""
        page = await asyncio.to_thread(self._open, form or path)
        token = re.search(r'name="csrfmiddlewaretoken" value="(\w+)"', page)
        assert token, page
        body = urlencode({**fields, "csrfmiddlewaretoken": token[1]}, doseq=True)
        page = await asyncio.to_thread(self._open, path, body.encode())
        assert "errornote" not in page, page
        return page

    def _open(self, path: str, body: bytes | None = None) -> str:
        with self._browser.open(self._url + path, body, timeout=30) as reply:
            return str(reply.read().decode())
