"""Free ports: no two processes get the same one, although neither listens yet."""

import random
import subprocess
import sys

import pytest

from testkit.services import free_port

ASK = """
import random
from testkit.services import free_port
wanted = iter([{}, {}])
random.SystemRandom.randrange = lambda *_: next(wanted)
print(free_port())
"""


def ask_elsewhere(first: int, second: int) -> int:
    """Return the port that another process gets when it tries these."""
    output = subprocess.run(
        [sys.executable, "-c", ASK.format(first, second)], capture_output=True, check=True
    )
    return int(output.stdout)


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux has such names")
def test_processes_get_different_free_ports() -> None:
    port, other = free_port(), free_port()

    assert ask_elsewhere(port, random.randrange(32_000, 32_700)) != port
    assert port != other


def test_port_of_an_ended_process_is_free_again() -> None:
    port = random.randrange(32_000, 32_700)

    assert ask_elsewhere(port, 0) == port
    assert ask_elsewhere(port, 0) == port
