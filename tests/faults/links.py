"""A link of a test's own: to a network namespace behind it, as slow as the test says."""

import os
import random
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager

from testkit.availability import unavailable

ATTEMPTS = 5


class Link:
    """`here`, `there`: the addresses of this end and of the other one. What is run with `prefix` before it is
    at the other end."""

    def __init__(self, here: str, there: str, name: str, ends: tuple[str, str]) -> None:
        self.here = here
        self.prefix = ("ip", "netns", "exec", name)
        self.there = there
        self._name = name
        self._ends = ends

    def make(self) -> None:
        end, other = self._ends
        _run("ip", "link", "add", end, "type", "veth", "peer", "name", other, "netns", self._name)
        _run("ip", "addr", "add", f"{self.here}/30", "dev", end)
        _run("ip", "link", "set", end, "up")
        _run("ip", "-n", self._name, "addr", "add", f"{self.there}/30", "dev", other)
        _run("ip", "-n", self._name, "link", "set", other, "up")

    def slow_down(self, kilobits: int) -> None:
        """Let it carry so many a second, each way."""
        rate = ("root", "tbf", "rate", f"{kilobits}kbit", "burst", "4kb", "latency", "400ms")
        end, other = self._ends
        _run("tc", "qdisc", "add", "dev", end, *rate)
        _run("tc", "-n", self._name, "qdisc", "add", "dev", other, *rate)

    def speed_up(self) -> None:
        """Let it carry what it can."""
        end, other = self._ends
        _run("tc", "qdisc", "del", "dev", end, "root")
        _run("tc", "-n", self._name, "qdisc", "del", "dev", other, "root")

    def cut(self) -> None:
        """Packets from the other end vanish; neither end is told."""
        self._route("add")

    def mend(self) -> None:
        """Undo `cut`."""
        self._route("del")

    def _route(self, change: str) -> None:
        _run("ip", "-n", self._name, "route", change, "blackhole", f"{self.here}/32")


@contextmanager
def link() -> Iterator[Link]:
    """A link that is gone with the block. Skips the test where none can be made."""
    if os.geteuid() != 0 or not (shutil.which("ip") and shutil.which("tc")):
        unavailable("a network namespace needs root and the commands ip and tc")
    own = _claimed()
    name = f"im66-{own}"
    network, place = f"10.66.{own >> 6}", (own & 63) * 4
    made = Link(f"{network}.{place + 1}", f"{network}.{place + 2}", name, (f"im66h{own}", f"im66t{own}"))
    try:
        made.make()
        yield made
    finally:
        _run("ip", "netns", "del", name)


def _claimed() -> int:
    """The number of a new namespace. Other tests and other runs on the machine make some as well."""
    for own in random.sample(range(16_384), ATTEMPTS):
        if not subprocess.run(["ip", "netns", "add", f"im66-{own}"], check=False).returncode:
            break
    else:
        unavailable("this machine does not let root make a network namespace")
    return own


def _run(*command: str) -> None:
    subprocess.run(command, check=True)
