"""A real nginx in front of a server, with the configuration of deploy/ or of a documentation page."""

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
    """An nginx in front of the server on `upstream_port`."""

    def __init__(self, upstream_port: int) -> None:
        super().__init__()
        self.url = f"http://localhost:{self.port}"
        self.upstream_port = upstream_port

    @abstractmethod
    def documented(self) -> str:
        """Return the configuration as documented for operators."""

    @abstractmethod
    def replacements(self) -> dict[str, str]:
        """Return the parts of the documented configuration to replace for this machine."""

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
        for documented, replacement in self.replacements().items():
            assert documented in text
            text = text.replace(documented, replacement)
        return text


class NginxWithTLS(Nginx):
    """A TLS proxy in front of one or more servers, as in deploy/nginx, with a self-signed certificate for
    localhost.

    Servers may store their media in its folder `media`.
    """

    def __init__(self, *upstream_ports: int) -> None:
        super().__init__(upstream_ports[0])
        self.url = f"https://localhost:{self.port}"
        self.plain_port = free_port()
        self._upstream_ports = upstream_ports

    @property
    def media(self) -> str:
        """The folder of the files to which a server redirects it internally (X-Accel-Redirect)."""
        return f"{self.folder}/media"

    @property
    def access_log(self) -> str:
        """The access log so far."""
        return Path(self.folder, "im66.log").read_text()

    @property
    def error_logs(self) -> str:
        """The error logs so far: nginx's own, and the site's."""
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

    def replacements(self) -> dict[str, str]:
        servers = "".join(f"server 127.0.0.1:{port} max_fails=0;" for port in self._upstream_ports)
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
    """Also serves plain HTTP on three ports, for the shipped apps, for the host 127.0.0.1."""

    def __init__(self, *upstream_ports: int) -> None:
        super().__init__(*upstream_ports)
        # Instead of 80, 6060 and 8080.
        self.app_ports = (free_port(), free_port(), free_port())

    @property
    def stored_before(self) -> Path:
        """The folder with the files of the first server."""
        return Path(self.folder, "firstserver")

    def documented(self) -> str:
        return super().documented() + (ROOT / "deploy/nginx/apps/shipped-apps.conf").read_text()

    def replacements(self) -> dict[str, str]:
        uploads, *others = self.app_ports
        listening = {
            f"    listen {port};\n    listen [::]:{port};": f"    listen 127.0.0.1:{app_port};"
            for port, app_port in zip((6060, 8080), others, strict=True)
        }
        first = "    # Uploads of all builds, and media.\n"
        return {
            f"{first}    listen 80;\n    listen [::]:80;": f"    listen 127.0.0.1:{uploads};",
            **listening,
            "server_name apps.example.org": "server_name 127.0.0.1",
            **super().replacements(),
            "/var/lib/firstserver": str(self.stored_before),
        }


def _program(name: str) -> str:
    # Debian installs nginx in a folder that is only on root's PATH.
    path = shutil.which(name) or shutil.which(name, path="/usr/sbin:/usr/local/sbin")
    if not path:
        raise Unavailable(f"no {name} on PATH")
    return path
