"""Runs a server without garbage collection. At SIGUSR1 it prints the number of objects of some classes.

Usage: python -m tests.support.uncollected CLASSES PROGRAM [ARG ...]: the names of the classes, separated by
commas, and the program as for Python, as -m and a module or as a file.
"""

import gc
import sys
from functools import partial

from tests.support import asked


def held(names: list[str]) -> str:
    kinds = [type(thing).__name__ for thing in gc.get_objects()]
    return f"Held: {' '.join(str(kinds.count(name)) for name in names)}"


def main(classes: str, *program: str) -> None:
    gc.disable()
    asked.run(partial(held, classes.split(",")), *program)


if __name__ == "__main__":
    main(*sys.argv[1:])
