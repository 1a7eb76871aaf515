"""Descriptors that no connection may take."""

import logging
import resource

import pytest

from server import descriptors

UNLIMITED = resource.RLIM_INFINITY


@pytest.mark.parametrize(
    ("limit", "last"),
    [(256, 127), (1024, 511), (20_000, 19_423), pytest.param(UNLIMITED, 10**9, id="unlimited")],
)
def test_connections_leave_a_reserve(limit: int, last: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(resource, "getrlimit", lambda _: (limit, limit))
    assert not descriptors.are_short(last)
    assert descriptors.are_short(last + 1) == (limit != UNLIMITED)


def test_many_refused_connections_are_logged_once(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(resource, "getrlimit", lambda _: (256, 256))
    monkeypatch.setattr(descriptors, "_next_log", 0.0)
    caplog.set_level(logging.ERROR)
    assert all(descriptors.are_short(200) for _ in range(3))
    assert len(caplog.messages) == 1
