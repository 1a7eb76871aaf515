"""A server without a garbage collector. At SIGUSR1 it tells how many objects of some classes it holds.

Usage: python -m tests.support.uncollected CLASSES PROGRAM [ARG ...]: the classes by their bare names, between
commas, the program as Python takes it, as -m and a module or as a file.
"""

import gc
import runpy
import signal
import sys
from threading import Thread


def tell(names: list[str]) -> None:
    while signal.sigwait({signal.SIGUSR1}):
        kinds = [type(thing).__name__ for thing in gc.get_objects()]
        sys.stderr.write(f"Held: {' '.join(str(kinds.count(name)) for name in names)}\n")
        sys.stderr.flush()


def main(classes: str, program: str, *arguments: str) -> None:
    gc.disable()
    signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGUSR1})
    Thread(target=tell, args=[classes.split(",")], daemon=True).start()
    if program == "-m":
        sys.argv = [*arguments]
        runpy.run_module(arguments[0], run_name="__main__", alter_sys=True)
    else:
        sys.argv = [program, *arguments]
        runpy.run_path(program, run_name="__main__")


if __name__ == "__main__":
    main(*sys.argv[1:])
