"""What a process is set to that serves many at once."""

import gc
import sys

# A thread that computes keeps the event loop from the interpreter for so long each time that the loop wakes,
# and one message wakes it several times: with 5 ms, Python's own, sixty callers of grpinfo made others wait
# for 300 ms.
SWITCH_SECONDS = 0.0005
THRESHOLDS = (10_000, 10, 100)


def settle() -> None:
    """Once, when all is loaded and before anybody is served."""
    sys.setswitchinterval(SWITCH_SECONDS)
    # What is loaded by now stays for ever: the collector need not walk through it again and again.
    # Connections hold many objects and leave no cycles behind, so there is little to find, and looking stops
    # everybody: with Python's defaults for a tenth of a second several times a minute, with these for 3 ms
    # while people log in, and for 20 ms after some 1,400 of them (docs/performance.md).
    gc.collect()
    gc.freeze()
    gc.set_threshold(*THRESHOLDS)
