"""Whatever a call is, it is answered in one form."""

import pytest
from django.db import OperationalError

from accounts.api import views
from tests.support.api import Api

MALFORMED, NOT_FOUND = "malformed", (404, "not_found")


def test_an_error_has_a_code_a_name_and_a_reason(alice: Api) -> None:
    assert alice.get("nowhere").said == {
        "error": {"code": 404, "name": "not_found", "reason": "There is nothing here."}
    }


def test_paths_that_lead_nowhere(alice: Api) -> None:
    paths = ["", "nowhere", "me/", "users/alice/x", "groups/1/2/3", "conversations//messages"]
    methods = ["GET", "POST", "PUT", "DELETE", "OPTIONS", "TRACE", "LINK"]
    answers = {(method, path): alice.send(method, path, "").failed for method in methods for path in paths}
    assert answers == dict.fromkeys(answers, NOT_FOUND)


def test_methods_that_a_path_does_not_know(alice: Api) -> None:
    for method in ("POST", "PUT", "DELETE", "OPTIONS", "TRACE", "LINK"):
        answer = alice.send(method, "me", "{}")
        assert answer.failed == (405, MALFORMED)
        assert answer.headers["Allow"] == "GET, HEAD, PATCH"


@pytest.mark.parametrize(
    "body",
    [b"", b"{", b"\xff", b"[]", b"3", b"null", b'"x"', b"[" * 200_000, b'{"a":' * 50_000, b"9" * 10_000],
)
def test_bodies_that_are_no_json_object(alice: Api, body: bytes) -> None:
    answer = alice.send("PATCH", "me", body)
    assert answer.status == 200 if not body else answer.failed == (400, MALFORMED)


@pytest.mark.parametrize(
    ("content_type", "status"),
    [
        ("text/plain", 415),
        ("application/x-www-form-urlencoded", 415),
        ("multipart/form-data; boundary=x", 415),
        ("x", 415),
        ("application/json; charset=utf-16", 400),
        ("application/json; charset=idna", 400),
        ("application/json; charset=nonsense", 400),
        ("application/json; charset=UTF-8", 200),
    ],
)
def test_bodies_of_other_types(alice: Api, content_type: str, status: int) -> None:
    answer = alice.send("PATCH", "me", '{"nickname": "x"}', content_type)
    assert answer.status == 200 if status == 200 else answer.failed == (status, MALFORMED)


def test_a_body_that_is_too_large(alice: Api) -> None:
    assert alice.send("PATCH", "me", b" " * 2_700_000).failed == (413, "too_long")


def test_a_database_that_is_away(alice: Api, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: object) -> None:
        raise OperationalError("away")

    monkeypatch.setattr(views, "people_of", fail)
    answer = alice.get("users/alice")
    assert answer.failed == (503, "try_again")
    assert answer.headers["Retry-After"] == "1"


def test_what_should_not_happen_is_logged(
    alice: Api, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def fail(*_: object) -> None:
        raise RuntimeError("something")

    monkeypatch.setattr(views, "people_of", fail)
    assert alice.get("users/alice").failed == (500, "try_again")
    assert "RuntimeError: something" in caplog.text
