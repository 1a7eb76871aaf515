"""Calls that clients should stop making say so."""

from datetime import UTC, datetime, timedelta

import pytest
from django.test import Client

from accounts.api import deprecations
from accounts.api.deprecations import DEPRECATIONS, Deprecation
from accounts.api.document import calls, document
from testkit.server import ROOT
from tests.support.api import Api

PAGE = (ROOT / "docs" / "api.md").read_text()
CALL = "GET /api/v1/users/{userid}"


def test_deprecated_call_names_its_dates(alice: Api, monkeypatch: pytest.MonkeyPatch) -> None:
    dates = datetime(2030, 1, 2, tzinfo=UTC), datetime(2031, 2, 3, tzinfo=UTC)
    monkeypatch.setitem(DEPRECATIONS, CALL, Deprecation(*dates, "Call users?ids= with the userid."))
    document.cache_clear()
    for path, status in (("users/alice", 200), ("users/nobody-at-all", 404)):
        answer = alice.get(path)
        assert answer.status == status
        assert answer.headers["Deprecation"] == "@1893542400"
        assert answer.headers["Sunset"] == "Mon, 03 Feb 2031 00:00:00 GMT"
        assert answer.headers["Link"] == '</api/v1/docs#deprecations>; rel="deprecation"'
    assert "Deprecation" not in alice.get("me").headers
    assert document()["paths"]["/api/v1/users/{userid}"]["get"]["deprecated"]
    assert "Call users?ids= with the userid." in Client().get("/api/v1/docs").content.decode()
    document.cache_clear()


def test_deprecated_calls_exist_and_end_a_year_after_announcement() -> None:
    described = {call.replace(" ", " /api/v1/", 1) for call in calls()} | {"POST /hooks/{token}"}
    assert deprecations.DEPRECATIONS.keys() <= described
    for call, one in DEPRECATIONS.items():
        assert one.sunset - one.since >= timedelta(days=365)
        assert f"| `{call}` | {one.since:%Y-%m-%d} | {one.sunset:%Y-%m-%d} |" in PAGE
