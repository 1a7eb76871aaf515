"""Servers and the load generator do not share a core."""

import os

from bench.pinning import on_core
from testkit.availability import unavailable


def test_each_block_runs_on_its_core() -> None:
    allowed = sorted(os.sched_getaffinity(0))
    if len(allowed) < 2:
        unavailable("this machine has one core only")
    with on_core(1):
        assert os.sched_getaffinity(0) == {allowed[1]}
        # A server that is started from where the load is made.
        with on_core(0):
            assert os.sched_getaffinity(0) == {allowed[0]}
        assert os.sched_getaffinity(0) == {allowed[1]}
    assert os.sched_getaffinity(0) == set(allowed)
