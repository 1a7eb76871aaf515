"""A program that is asked something from outside: it answers at SIGUSR1."""

import runpy
import signal
import sys
from collections.abc import Callable
from threading import Thread


def run(answer: Callable[[], str], program: str, *arguments: str) -> None:
    """Run it as Python would, from `-m` and a module or from a file; whatever `answer` returns is written to
    stderr at each signal."""
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
