"""The first person, who gets in with a browser by what the page on operations says, and lets another one in.

Run inside a throwaway root: `python -m tests.deploy.newcomer`.
"""

import asyncio
import json
import os
import re
import ssl
from html import unescape
from http.cookiejar import CookieJar
from urllib.error import HTTPError
from urllib.parse import urlencode
from urllib.request import HTTPCookieProcessor, HTTPSHandler, Request, build_opener

from websockets.asyncio.client import connect
from websockets.typing import Origin, Subprotocol

SITE = f"https://{os.environ['HOST']}"
TRUSTED = ssl.create_default_context(cafile="/etc/ssl/certs/ca-certificates.crt")
PASSWORD = "correct-horse"
SECONDS = 30


class Browser:
    """`url`, `text`: the page that it shows."""

    def __init__(self) -> None:
        self._cookies = CookieJar()
        self._opener = build_opener(HTTPCookieProcessor(self._cookies), HTTPSHandler(context=TRUSTED))
        self.url = self.text = ""

    def open(self, url: str, **fields: str) -> None:
        """Open a page, or send the form that is on it."""
        body = urlencode(self._form() | fields).encode() if fields else None
        head = {"Origin": SITE, "Referer": self.url} if fields else {}
        try:
            with self._opener.open(Request(url, body, head), timeout=SECONDS) as reply:
                self.url, self.text = reply.url, unescape(reply.read().decode())
        except HTTPError as error:
            raise AssertionError(f"{url}: {error.code} {error.read().decode()}") from None

    def _form(self) -> dict[str, str]:
        inputs = re.findall(r"<input([^>]*)>", self.text)
        named = {name[1]: field for field in inputs if (name := re.search(r' name="([^"]*)"', field))}
        values = {name: re.search(r' value="([^"]*)"', field) for name, field in named.items()}
        return {name: value[1] for name, value in values.items() if value}

    async def hears(self) -> str:
        """Who it is on the socket that the chat page opens."""
        cookies = "; ".join(f"{cookie.name}={cookie.value}" for cookie in self._cookies)
        async with connect(
            f"{SITE.replace('https', 'wss')}/entry",
            ssl=TRUSTED,
            origin=Origin(SITE),
            subprotocols=[Subprotocol("im66.json.v1")],
            additional_headers={"Cookie": cookies},
        ) as socket:
            await socket.send('{"id": 1, "cmd": "hello"}')
            return str(json.loads(await socket.recv())["ok"]["user"]["userid"])

    def is_in(self, userid: str) -> bool:
        """Whether it shows the chat page, as this person."""
        return self.url == f"{SITE}/" and asyncio.run(self.hears()) == userid


def get_in() -> Browser:
    browser = Browser()
    browser.open(f"{SITE}/")
    browser.open(browser.url, username="admin", password=PASSWORD)
    assert browser.is_in("admin"), browser.text
    return browser


def invite(admin: Browser) -> str:
    """The address that the admin is to send."""
    url = f"{SITE}/admin/accounts/invitation/add/"
    admin.open(url)
    admin.open(url, userid="")
    match = re.search(r"https?://\S+/signup/[\w-]+", admin.text)
    assert match, admin.text
    return match[0]


def main() -> None:
    address = invite(get_in())
    newcomer = Browser()
    newcomer.open(address)
    newcomer.open(
        newcomer.url, userid="newcomer", nickname="", password1="a-long-one-7", password2="a-long-one-7"
    )
    assert newcomer.is_in("newcomer"), newcomer.text


if __name__ == "__main__":
    main()
