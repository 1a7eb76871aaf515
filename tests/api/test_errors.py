"""Whatever a call is, it is answered in one form."""

import pytest
from django.db import OperationalError
from django.test import Client
from pytest_django import Settings

from accounts.api import views
from accounts.late_replies import is_late
from accounts.limits.buckets import Rate
from tests.api.over_the_network.shapes import error
from tests.support.api import JSON, ROOT, Api
from tests.support.settings import override

MALFORMED, NOT_FOUND = "malformed", (404, "not_found")


def test_api_error_has_code_name_and_reason(alice: Api) -> None:
    assert alice.get("nowhere").body == {
        "error": {"code": 404, "name": "not_found", "reason": "There is nothing here."}
    }


def test_unknown_api_paths_get_404(alice: Api) -> None:
    paths = ["", "nowhere", "me/", "users/alice/x", "groups/1/2/3", "conversations//messages"]
    methods = ["GET", "POST", "PUT", "DELETE", "OPTIONS", "TRACE", "LINK"]
    answers = {(method, path): alice.send(method, path, "").failed for method in methods for path in paths}
    assert answers == dict.fromkeys(answers, NOT_FOUND)


def test_refusals_beyond_the_limit_are_delayed(alice: Api, settings: Settings) -> None:
    override(settings, limit_refusals=Rate(2, 10**6))

    def comes_late(path: str) -> bool:
        return is_late(Client().get(ROOT + path, headers=alice.headers))

    assert [comes_late("conversations/g:987654321") for _ in range(3)] == [False, False, True]
    assert not comes_late("me")


def test_unsupported_methods_get_405(alice: Api) -> None:
    for method in ("POST", "PUT", "DELETE", "OPTIONS", "TRACE", "LINK"):
        answer = alice.send(method, "me/privacy", "{}")
        assert answer.failed == (405, MALFORMED)
        assert answer.headers["Allow"] == "GET, HEAD, PATCH"


def test_bodies_that_are_not_json_objects_are_rejected(alice: Api) -> None:
    for body in (b"{", b"\xff", b"[" * 200_000, b'{"a":' * 20_000, b"9" * 10_000):
        answer = alice.send("PATCH", "me", body)
        assert answer.outcome == error(400, MALFORMED, "The body is not JSON."), body[:50]
    for body in (b"[]", b"3", b"null", b'"x"'):
        answer = alice.send("PATCH", "me", body)
        assert answer.outcome == error(400, MALFORMED, "The body is not a JSON object."), body
    assert alice.send("PATCH", "me", b"").status == 200


def test_bodies_with_too_many_values_are_rejected(alice: Api) -> None:
    for body in (b'{"nickname": [' + b"[], " * 20_000 + b"1]}", b"{" + b'"a":1, ' * 30_000 + b'"b":1}'):
        answer = alice.send("PATCH", "me", body)
        assert answer.outcome == error(413, "too_long", "The body holds too many values."), body[:50]


def test_long_texts_are_not_counted_as_values(alice: Api) -> None:
    for text in ("," * 30_000, "[{" * 15_000, "中" * 10_000):
        assert alice.patch("me", nickname=text).failed == (400, "invalid")


def test_bodies_of_other_types_get_415(alice: Api) -> None:
    for type_ in ("text/plain", "application/x-www-form-urlencoded", "multipart/form-data; boundary=x", "x"):
        answer = alice.send("PATCH", "me", '{"nickname": "x"}', type_)
        reason = "The body is of another type than this call takes."
        assert answer.outcome == error(415, MALFORMED, reason), type_
    for charset in ("utf-16", "idna", "nonsense"):
        answer = alice.send("PATCH", "me", '{"nickname": "x"}', f"{JSON}; charset={charset}")
        assert answer.outcome == error(400, MALFORMED, "The body must be in UTF-8."), charset
    assert alice.get("me").body["nickname"] == ""
    assert alice.send("PATCH", "me", '{"nickname": "x"}', f"{JSON}; charset=UTF-8").status == 200


def test_too_large_body_gets_413(alice: Api) -> None:
    assert alice.send("PATCH", "me", b" " * 2_700_000).failed == (413, "too_long")


def test_unavailable_database_gets_503(alice: Api, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: object) -> None:
        raise OperationalError("away")

    monkeypatch.setattr(views, "people_of", fail)
    answer = alice.get("users/alice")
    assert answer.failed == (503, "try_again")
    assert answer.headers["Retry-After"] == "1"


def test_unexpected_error_is_logged(
    alice: Api, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def fail(*_: object) -> None:
        raise RuntimeError("something")

    monkeypatch.setattr(views, "people_of", fail)
    assert alice.get("users/alice").failed == (500, "try_again")
    assert "RuntimeError: something" in caplog.text


@pytest.mark.django_db
def test_api_answers_are_not_cached_by_browsers() -> None:
    for answer in (Api("bob").get("me"), Api("bob").get("groups/1"), Api("", authorization="").get("me")):
        assert answer.headers["Cache-Control"] == "no-store"
