"""A server that tells at SIGUSR1 what its process is set to.

Usage: python -m tests.im66.process_state PROGRAM [ARG ...], as in tests.support.asked.
"""

import ctypes
import gc
import json
import sys

from accounts.names import normalizing
from tests.support import asked

# From <sys/prctl.h>.
PR_GET_DUMPABLE = 3


def state() -> str:
    return json.dumps(
        {
            "thresholds": gc.get_threshold(),
            "has_views": "im66.urls" in sys.modules,
            "normalizes": normalizing._tables.cache_info().currsize > 0,
            "is_frozen": gc.get_freeze_count() > 0,
            "switch_interval": round(sys.getswitchinterval(), 6),
            "is_dumpable": bool(ctypes.CDLL(None).prctl(PR_GET_DUMPABLE, 0, 0, 0, 0)),
        }
    )


if __name__ == "__main__":
    asked.run(state, *sys.argv[1:])
