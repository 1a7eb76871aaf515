"""The measured values do not matter in tests, so servers begin with all modules imported."""

import subprocess
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import IO

import pytest

from bench import processes
from testkit import nursery
from testkit.server import APPLICATION

run_anew, start_anew = processes.run, processes.start


@pytest.fixture(scope="module")
def forked() -> Iterator[None]:
    """im66's servers and commands begin with all modules imported."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(processes, "run", _run)
        patch.setattr(processes, "start", _start)
        yield


def _run(
    command: Sequence[str], environment: Mapping[str, str], timeout: float, folder: Path = processes.ROOT
) -> "subprocess.CompletedProcess[str]":
    if folder == processes.ROOT and _is_im66(command, environment):
        return nursery.run(command, environment, timeout)
    return run_anew(command, environment, timeout, folder)


def _start(
    command: Sequence[str], environment: Mapping[str, str], output: IO[bytes], folder: Path, user: int | None
) -> "subprocess.Popen[bytes] | nursery.ForkedProcess":
    if folder == processes.ROOT and user is None and _is_im66(command, environment):
        return nursery.fork(command, environment, output.fileno(), output.fileno())
    return start_anew(command, environment, output, folder, user)


def _is_im66(command: Sequence[str], environment: Mapping[str, str]) -> bool:
    is_ours = "manage.py" in command or APPLICATION in command or command[2].startswith("bench.")
    return is_ours and nursery.can_fork(command, environment)
