"""A peer as a process: private, in the foreground, in a folder of its own that is gone afterwards."""

import asyncio
import os
import shutil
import tempfile
from abc import ABC, abstractmethod
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

from bench.peers import stanzas
from bench.peers.streams import opened
from bench.processes import Process, serving
from testkit.services import NOBODY, Unavailable, free_port


class Peer(ABC):
    """A chat server that im66 is measured beside. `package`: what brings it, on Debian."""

    name: str
    package: str

    @abstractmethod
    def command(self, folder: Path) -> Sequence[str]:
        """What serves, as configured in that folder. Raises Unavailable."""

    @abstractmethod
    def settings(self, folder: Path) -> Mapping[str, str]:
        """The environment it needs."""

    @abstractmethod
    def configure(self, folder: Path, port: int) -> None:
        """Write its configuration for serving on that port into the folder."""

    @property
    def is_here(self) -> bool:
        """Whether this machine has it."""
        try:
            self.command(Path())
        except Unavailable:
            return False
        return True

    @contextmanager
    def running(self) -> Iterator[Process]:
        """The server, ended with the block. Raises Unavailable."""
        with tempfile.TemporaryDirectory(prefix=f"im66-{self.name}-") as name:
            folder, port, user = Path(name), free_port(), _user()
            self.configure(folder, port)
            if user is not None:
                os.chown(folder, user, user)
            log = folder / "output.log"
            # Servers of this kind want a home, and not that of whoever measures.
            settings = {"HOME": name, **self.settings(folder)}
            with serving(self.command(folder), settings, port, log, folder=folder, user=user) as process:
                yield process


def program(name: str) -> str:
    """Where a program is. Raises Unavailable."""
    found = shutil.which(name)
    if not found:
        raise Unavailable(f"no {name} on PATH")
    return found


def version(port: int) -> str:
    """What the server on that port says it is."""
    return asyncio.run(_version(port))


async def _version(port: int) -> str:
    stream = await opened(port)
    *_, answer = await stream.request(stanzas.VERSION, "version")
    await stream.close()
    return stanzas.read_version(answer)


def _user() -> int | None:
    """Whom to be: Prosody refuses to run as root, and neither peer has any need to."""
    return NOBODY if os.geteuid() == 0 else None
