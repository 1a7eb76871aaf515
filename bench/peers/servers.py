"""Runs a peer as a child process, in a temporary folder of its own."""

import asyncio
import os
import shutil
import tempfile
from abc import ABC, abstractmethod
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

from bench.peers import stanzas
from bench.peers.streams import open_stream
from bench.processes import ServerProcess, serving
from testkit.services import NOBODY, Unavailable, free_port


class Peer(ABC):
    """A chat server that im66 is compared with. `package`: the Debian package that installs it."""

    name: str
    package: str

    @abstractmethod
    def command(self, folder: Path) -> Sequence[str]:
        """Return the command that runs the server with the configuration in the folder. Raises
        Unavailable."""

    @abstractmethod
    def settings(self, folder: Path) -> Mapping[str, str]:
        """Return the environment variables of the server."""

    @abstractmethod
    def configure(self, folder: Path, port: int) -> None:
        """Write a configuration for the port into the folder."""

    @property
    def is_installed(self) -> bool:
        """Whether the server is installed on this machine."""
        try:
            self.command(Path())
        except Unavailable:
            return False
        return True

    @contextmanager
    def running(self) -> Iterator[ServerProcess]:
        """Run the server during the block. Raises Unavailable."""
        with tempfile.TemporaryDirectory(prefix=f"im66-{self.name}-") as name:
            folder, port, user = Path(name), free_port(), _user()
            self.configure(folder, port)
            if user is not None:
                os.chown(folder, user, user)
            log = folder / "output.log"
            # These servers need a home folder, which must not be that of the current user.
            settings = {"HOME": name, **self.settings(folder)}
            with serving(self.command(folder), settings, port, log, folder=folder, user=user) as process:
                yield process


def program(name: str) -> str:
    """Return the path of a program. Raises Unavailable."""
    path = shutil.which(name)
    if not path:
        raise Unavailable(f"no {name} on PATH")
    return path


def version(port: int) -> str:
    """Return the version that the server on the port reports."""
    return asyncio.run(_version(port))


async def _version(port: int) -> str:
    stream = await open_stream(port)
    *_, answer = await stream.request(stanzas.VERSION, "version")
    await stream.close()
    return stanzas.read_version(answer)


def _user() -> int | None:
    """Return the user to run as, None for the present one. Prosody refuses to run as root, and no peer needs
    it."""
    return NOBODY if os.geteuid() == 0 else None
