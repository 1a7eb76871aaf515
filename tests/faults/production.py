"""A production as deploy/ sets it up: nginx with TLS, two processes, PostgreSQL, Redis, tokens."""

import json
import re
import secrets
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any, NamedTuple
from urllib.parse import urlencode
from urllib.request import Request, urlopen

from testkit.nginx import NginxWithTLS
from testkit.phone import Phone
from testkit.server import ROOT, SERVE, Server
from testkit.services import Postgres, Redis, free_port
from testkit.uploading import form
from tests.support.tokens import SECRET, token


class Production(NamedTuple):
    """All of it, and how clients reach it."""

    servers: tuple[Server, Server]
    nginx: NginxWithTLS

    @property
    def entry(self) -> str:
        return f"{self.nginx.url.replace('https', 'wss')}/entry"

    def phone(self) -> Phone:
        """Not connected yet."""
        return Phone(self.entry, ssl=self.nginx.trust, host="127.0.0.1")

    def call(self, path: str, userid: str, /, **parameters: str) -> Any:
        """The `data` of a group call that must succeed."""
        query = urlencode({**parameters, "access_token": token(userid)})
        reply = json.loads(self.fetch(f"{self.nginx.url}/{path}?{query}"))
        assert reply["code"] == 1, reply
        return reply.get("data")

    def upload(self, userid: str, content: bytes) -> str:
        """The URL of a picture."""
        body, content_type = form(content)
        url = f"{self.nginx.url}/upload/writev2?access_token={token(userid)}"
        reply = json.loads(self.fetch(Request(url, body, {"Content-Type": content_type})))
        assert reply["code"] == 0, reply
        return str(reply["data"])

    def fetch(self, what: str | Request) -> bytes:
        with urlopen(what, timeout=60, context=self.nginx.trust) as reply:
            return bytes(reply.read())


async def log_in(phone: Phone, userid: str) -> None:
    """Return when the login has taken effect."""
    phone.userid = userid
    await phone.send(f"login_{userid}_{token(userid)}")
    await phone.settle()


@contextmanager
def production(folder: Path, **more: str) -> Iterator[Production]:
    """With settings besides those of the deployment. Raises Unavailable."""
    ports = (free_port(), free_port())
    with ExitStack() as running:
        postgres = running.enter_context(Postgres())
        redis = running.enter_context(Redis())
        nginx = running.enter_context(NginxWithTLS(*ports))
        settings = _settings(nginx, folder) | more | {"DATABASE_URL": postgres.url, "REDIS_URL": redis.url}
        servers = [Server(folder, [*SERVE[:-1], str(port)], **settings) for port in ports]
        servers[1].log = folder / "second.log"
        servers[0].prepare()
        for server in servers:
            server.start()
            running.callback(server.stop)
        yield Production((servers[0], servers[1]), nginx)


def _settings(nginx: NginxWithTLS, folder: Path) -> dict[str, str]:
    """Those that are deployed, with our own values where everybody has their own."""
    deployed = (ROOT / "deploy/im66.env").read_text()
    documented = dict(re.findall(r"^(IM66_\w+)=(\S*)", deployed, re.MULTILINE))
    own = {
        "IM66_SECRET_KEY": secrets.token_urlsafe(50),
        "IM66_ALLOWED_HOSTS": "localhost",
        "IM66_PUBLIC_URL": nginx.url,
        "IM66_TOKEN_SECRET": SECRET,
        "IM66_DATA_DIR": str(folder),
    }
    assert own.keys() <= documented.keys()
    assert documented["IM66_PRODUCTION"] == "true"
    # The folder of the data is closed to nginx here, which runs as another user.
    return documented | own | {"IM66_MEDIA_ROOT": nginx.media}
