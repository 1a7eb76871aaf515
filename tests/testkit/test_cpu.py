"""Reading processor time from the kernel."""

import os
import subprocess
import sys
import time

from testkit.cpu import descendants, parent, seconds, seconds_of_family

BUSY = "import time; end = time.process_time() + 0.3\nwhile time.process_time() < end: pass"


def test_cpu_time_of_a_process_is_read() -> None:
    before = seconds(os.getpid())
    end = time.process_time() + 0.2
    while time.process_time() < end:
        pass
    assert 0.15 < seconds(os.getpid()) - before < 1


def test_cpu_time_includes_ended_children() -> None:
    before = seconds_of_family(os.getpid())
    subprocess.run([sys.executable, "-c", BUSY], check=True)
    assert seconds_of_family(os.getpid()) - before > 0.25


def test_cpu_time_includes_running_children() -> None:
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


def test_cpu_time_includes_grandchildren() -> None:
    before = seconds_of_family(os.getpid())
    code = f"import subprocess, sys\nsubprocess.run([sys.executable, '-c', {f'{BUSY}{chr(10)}input()'!r}])"
    running = subprocess.Popen([sys.executable, "-c", code], stdin=subprocess.PIPE)
    try:
        while not (results := [pid for pid in descendants(os.getpid()) if parent(pid) == running.pid]):
            time.sleep(0.01)
        while seconds(results[0]) < 0.25:
            time.sleep(0.01)
        assert seconds_of_family(os.getpid()) - before > 0.2
    finally:
        running.communicate(b"\n")
