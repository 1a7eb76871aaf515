"""Tests whose requirements are missing are skipped, or fail in CI."""

import pytest

from testkit.availability import running
from testkit.services import Redis, Unavailable


class Missing(Redis):
    def start(self) -> None:
        raise Unavailable("no such server")


def test_a_service_runs_inside_the_block() -> None:
    with running(Redis()) as redis:
        assert redis.answers()
    assert not redis.answers()


def test_missing_service_skips_the_test_with_a_reason(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("CI", raising=False)
    with pytest.raises(pytest.skip.Exception, match="no such server"), running(Missing()):
        pass


def test_missing_service_fails_the_test_in_ci(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CI", "true")
    with pytest.raises(pytest.fail.Exception, match="no such server"), running(Missing()):
        pass
