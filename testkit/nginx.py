"""A real nginx in front of a server, configured as deploy/ or a page of the documentation says."""

import shutil
import socket
import ssl
import subprocess
from abc import ABC, abstractmethod
from functools import cached_property
from pathlib import Path

from testkit.server import ROOT
from testkit.services import Service, Unavailable, free_port, hand_over

CONFIGURATION = """
daemon off;
pid {folder}/nginx.pid;
error_log {folder}/error.log;
worker_rlimit_nofile 8192;
events {{
    worker_connections 4096;
}}
http {{
    access_log off;
    client_body_temp_path {folder}/body;
    proxy_temp_path {folder}/proxy;
    fastcgi_temp_path {folder}/fastcgi;
    uwsgi_temp_path {folder}/uwsgi;
    scgi_temp_path {folder}/scgi;
    {documented}
}}
"""


class Nginx(Service, ABC):
    """Runs in front of the server on the port `behind`."""

    def __init__(self, behind: int) -> None:
        super().__init__()
        self.url = f"http://localhost:{self.port}"
        self.behind = behind

    @abstractmethod
    def documented(self) -> str:
        """The configuration as operators are given it."""

    @abstractmethod
    def own(self) -> dict[str, str]:
        """What stands here for what is documented."""

    def prepare(self) -> None:
        folder = Path(self.folder)
        (folder / "nginx.conf").write_text(CONFIGURATION.format(folder=folder, documented=self._configured()))
        super().prepare()

    def command(self) -> list[str]:
        folder = self.folder
        return [_program("nginx"), "-e", "stderr", "-p", folder, "-c", f"{folder}/nginx.conf"]

    def answers(self) -> bool:
        with socket.socket() as probe:
            return probe.connect_ex(("127.0.0.1", self.port)) == 0

    def _configured(self) -> str:
        text = self.documented()
        for documented, own in self.own().items():
            assert documented in text
            text = text.replace(documented, own)
        return text


class NginxWithTLS(Nginx):
    """Speaks TLS in front of one or more servers, as deploy/nginx says. Its self-signed certificate is for
    localhost, and servers may keep their media in its folder `media`."""

    def __init__(self, *behind: int) -> None:
        super().__init__(behind[0])
        self.url = f"https://localhost:{self.port}"
        self.plain_port = free_port()
        self._all_behind = behind

    @property
    def media(self) -> str:
        """Where it finds files that a server sends it to."""
        return f"{self.folder}/media"

    @property
    def access_log(self) -> str:
        """What it has logged of requests so far."""
        return Path(self.folder, "im66.log").read_text()

    @property
    def error_logs(self) -> str:
        """What it has logged of errors so far: its own log, and that of the site."""
        return "".join(Path(self.folder, name).read_text() for name in ("error.log", "im66-error.log"))

    def prepare(self) -> None:
        folder = Path(self.folder)
        subprocess.run(
            [
                *(_program("openssl"), "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2"),
                *("-subj", "/CN=localhost", "-addext", "subjectAltName=DNS:localhost"),
                *("-keyout", folder / "own.key", "-out", folder / "own.pem"),
            ],
            check=True,
            stderr=subprocess.DEVNULL,
        )
        super().prepare()
        hand_over(folder / "own.key")

    def documented(self) -> str:
        folder = ROOT / "deploy/nginx"
        return "".join((folder / name).read_text() for name in ("im66-upstream.conf", "im66.conf"))

    def own(self) -> dict[str, str]:
        servers = "".join(f"server 127.0.0.1:{port} max_fails=0;" for port in self._all_behind)
        return {
            "listen [::]:80;": "",
            "listen [::]:443 ssl;": "",
            "listen 80;": f"listen 127.0.0.1:{self.plain_port};",
            "https://chat.example.org$request_uri": f"{self.url}$request_uri",
            "listen 443 ssl": f"listen 127.0.0.1:{self.port} ssl",
            "server_name chat.example.org": "server_name localhost",
            "/etc/ssl/chat.example.org": f"{self.folder}/own",
            "/var/log/nginx": self.folder,
            "server 127.0.0.1:6060 max_fails=0;": servers,
            "/var/lib/im66/media/": f"{self.media}/",
        }

    @cached_property
    def trust(self) -> ssl.SSLContext:
        """A context that trusts only this certificate."""
        return ssl.create_default_context(cafile=f"{self.folder}/own.pem")


class NginxForApps(NginxWithTLS):
    """The same, and plain HTTP on the three ports that the shipped apps use, for the host 127.0.0.1."""

    def __init__(self, *behind: int) -> None:
        super().__init__(*behind)
        # Instead of 80, 6060 and 8080.
        self.app_ports = (free_port(), free_port(), free_port())

    @property
    def stored_before(self) -> Path:
        """Where the files of the first server are."""
        return Path(self.folder, "firstserver")

    def documented(self) -> str:
        return super().documented() + (ROOT / "deploy/nginx/apps/shipped-apps.conf").read_text()

    def own(self) -> dict[str, str]:
        uploads, *others = self.app_ports
        listening = {
            f"    listen {port};\n    listen [::]:{port};": f"    listen 127.0.0.1:{own};"
            for port, own in zip((6060, 8080), others, strict=True)
        }
        first = "    # Uploads of all builds, and media.\n"
        return {
            f"{first}    listen 80;\n    listen [::]:80;": f"    listen 127.0.0.1:{uploads};",
            **listening,
            "server_name apps.example.org": "server_name 127.0.0.1",
            **super().own(),
            "/var/lib/firstserver": str(self.stored_before),
        }


def _program(name: str) -> str:
    # Debian installs nginx where only root's PATH leads.
    path = shutil.which(name) or shutil.which(name, path="/usr/sbin:/usr/local/sbin")
    if not path:
        raise Unavailable(f"no {name} on PATH")
    return path
