"""Nonsense of every kind, made from the OpenAPI document: no call fails, and none answers what it does not
describe."""

from typing import Any

import hypothesis
import pytest
import schemathesis
from schemathesis.checks import not_a_server_error

from accounts.api.document import document
from testkit.server import WITHOUT_LIMITS
from tests.conftest import MakeServer
from tests.support.tokens import IN_TOKEN_MODE, token

pytestmark = pytest.mark.slow

EXAMPLES = 40


@pytest.mark.parametrize("mode", ["open", "token"])
def test_nothing_fails(make_server: MakeServer, mode: str) -> None:
    limits = {**WITHOUT_LIMITS, "IM66_LIMIT_GROUPS": "off", "IM66_LIMIT_MEMBERSHIPS": "off"}
    server = make_server(**limits, IM66_LIMIT_USERS="off", **(IN_TOKEN_MODE if mode == "token" else {}))
    server.run_python("from accounts.services import ensure_users; ensure_users(['alice', 'bob'])")
    calls = schemathesis.openapi.from_dict(document())
    calls.config.update(base_url=server.http)
    shown = "Userid bob" if mode == "open" else f"Bearer {token('bob')}"
    for call in calls.get_all_operations():
        fuzz(call.ok(), shown)  # type: ignore[union-attr]
    assert "Traceback" not in server.log.read_text()


def fuzz(call: Any, shown: str) -> None:
    @hypothesis.settings(
        max_examples=EXAMPLES,
        deadline=None,
        database=None,
        suppress_health_check=list(hypothesis.HealthCheck),
    )
    @hypothesis.given(case=call.as_strategy())
    def play(case: Any) -> None:
        answer = case.call(headers={"Authorization": shown})
        case.validate_response(answer, checks=[not_a_server_error])
        if answer.status_code >= 400:
            error = answer.json()["error"]
            assert error["code"] == answer.status_code

    play()
