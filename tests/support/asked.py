"""Runs a program that answers a question on SIGUSR1."""

import runpy
import signal
import sys
from collections.abc import Callable
from threading import Thread


def run(answer: Callable[[], str], program: str, *arguments: str) -> None:
    """Run a program like Python does, given as `-m` and a module or as a file.

    At each SIGUSR1, the result of `answer` is written to stderr.
    """
    signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGUSR1})
    Thread(target=_answer, args=[answer], daemon=True).start()
    if program == "-m":
        sys.argv = [*arguments]
        runpy.run_module(arguments[0], run_name="__main__", alter_sys=True)
    else:
        sys.argv = [program, *arguments]
        runpy.run_path(program, run_name="__main__")


def _answer(answer: Callable[[], str]) -> None:
    while signal.sigwait({signal.SIGUSR1}):
        sys.stderr.write(f"{answer()}\n")
        sys.stderr.flush()
