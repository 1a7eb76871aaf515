"""Settings of a process that serves many clients at once."""

import gc
import sys

# Each time the event loop wakes, a thread that computes keeps the interpreter for this long, and one message
# wakes the loop several times. With Python's default of 5 ms, sixty callers of grpinfo made others wait for
# 300 ms.
SWITCH_SECONDS = 0.0005
THRESHOLDS = (10_000, 10, 100)


def settle() -> None:
    """Call this once, when everything is loaded and before anybody is served."""
    sys.setswitchinterval(SWITCH_SECONDS)
    # What is loaded by now stays for ever, so the collector need not walk through it again and again.
    # Connections hold many objects and leave no cycles behind, so there is little to find, and a search stops
    # the whole process: with Python's defaults for a tenth of a second several times a minute, with these for
    # 3 ms while people log in, and for 20 ms after some 1,400 of them (docs/performance.md).
    gc.collect()
    gc.freeze()
    gc.set_threshold(*THRESHOLDS)
