"""Errors in the form of RFC 9457, for those who ask for it."""

import pytest
from django.test import Client

from accounts.api.document import document
from accounts.api.errors import wants_problem
from tests.support.api import JSON, ROOT, Api
from tests.support.schema import dialect

PROBLEM = "application/problem+json"


def test_error_is_returned_as_problem_json(alice: Api) -> None:
    headers = alice.headers | {"Accept": f"{JSON}, {PROBLEM};q=0.9"}
    answer = Client().patch(f"{ROOT}me", "{}", JSON, query_params={"x": "1"}, headers=headers)
    assert (answer.status_code, answer.headers["Content-Type"]) == (400, PROBLEM)
    assert answer.json() == {
        "type": "/api/v1/docs#error-invalid",
        "title": "Invalid",
        "status": 400,
        "detail": "x: This call has no such parameter.",
        "name": "invalid",
        "fields": {"x": "This call has no such parameter."},
    }
    shape = {"$ref": "#/components/schemas/Problem", "components": document()["components"]}
    assert not list(dialect()(shape).iter_errors(answer.json()))
    assert 'id="error-invalid"' in Client().get(f"{ROOT}docs").content.decode()


def test_calls_without_a_view_return_problem_json() -> None:
    answer = Client().post(f"{ROOT}schema", headers={"Accept": PROBLEM})
    assert (answer.headers["Content-Type"], answer.json()["title"]) == (PROBLEM, "Malformed")


def test_successful_answer_is_not_problem_json(alice: Api) -> None:
    answer = Client().get(f"{ROOT}me", headers=alice.headers | {"Accept": PROBLEM})
    assert (answer.status_code, answer.headers["Content-Type"]) == (200, JSON)


@pytest.mark.parametrize(
    ("accept", "is_wanted"),
    [
        ("", False),
        ("*/*", False),
        ("application/*", False),
        (f"text/html, {PROBLEM.upper()}; q=0.1", True),
        (f"{PROBLEM};q=0", False),
        (f"{PROBLEM} ; q=0.000, {JSON}", False),
        (f"{PROBLEM}x", False),
    ],
)
def test_problem_json_is_sent_only_if_accepted(accept: str, is_wanted: bool) -> None:
    assert wants_problem(accept) is is_wanted
