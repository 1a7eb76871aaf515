"""Processor time, as it is read from the kernel."""

import os
import subprocess
import sys
import time

from bench.costs import taken
from bench.cpu import parent, seconds, seconds_of_family

BUSY = "import time; end = time.process_time() + 0.3\nwhile time.process_time() < end: pass"


def test_it_works() -> None:
    before = seconds(os.getpid())
    end = time.process_time() + 0.2
    while time.process_time() < end:
        pass
    assert 0.15 < seconds(os.getpid()) - before < 1


def test_children_count_after_their_end() -> None:
    before = seconds_of_family(os.getpid())
    subprocess.run([sys.executable, "-c", BUSY], check=True)
    assert seconds_of_family(os.getpid()) - before > 0.25


def test_children_count_while_they_run() -> None:
    before = seconds_of_family(os.getpid())
    running = subprocess.Popen([sys.executable, "-c", f"{BUSY}\ninput()"], stdin=subprocess.PIPE)
    try:
        while seconds(running.pid) < 0.25:
            time.sleep(0.01)
        assert seconds_of_family(os.getpid()) - before > 0.2
        assert parent(running.pid) == os.getpid()
    finally:
        running.kill()
        running.communicate()


def test_what_a_block_took() -> None:
    hands = iter([1.0, 4.0])
    with taken({"clock": lambda: next(hands)}) as moved:
        pass
    assert moved == {"clock": 3.0}
