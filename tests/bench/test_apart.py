"""Work in a process of its own begins when it is told to, and ends with the block."""

import pytest

from bench.apart import EndedTooSoon, apart, begin, read_line


def test_worker_waits_for_the_start() -> None:
    # It says a line, and waits for one, as all of these do.
    with apart("timeit", "-n1", "-r1", "print('ready', flush=True); print(input())", settings={}) as worker:
        assert read_line(worker) == "ready\n"
        begin(worker)
        assert read_line(worker) == "go\n"


def test_worker_ends_with_the_block() -> None:
    with apart("timeit", "-n1", "-r1", "print('ready', flush=True); input()", settings={}) as worker:
        read_line(worker)
    assert worker.poll() is not None


def test_worker_without_output_raises_ended_too_soon() -> None:
    with apart("timeit", "-n1", "-r1", "print('ready')", settings={}) as worker:
        assert read_line(worker) == "ready\n"
        read_line(worker)  # what it measured
        with pytest.raises(EndedTooSoon):
            read_line(worker)
