"""Nonsense of every kind, made from the OpenAPI document: no call fails, and none answers what it does not
describe."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

import hypothesis
import pytest
import schemathesis
from hypothesis import strategies as st
from schemathesis.checks import not_a_server_error

from accounts.api.document import document
from testkit.server import WITHOUT_LIMITS
from tests.conftest import MakeServer
from tests.support.tiers import examples
from tests.support.tokens import IN_TOKEN_MODE, token

pytestmark = pytest.mark.slow
# Of a piece of a file.
schemathesis.serializer.alias("application/offset+octet-stream", "application/octet-stream")

EXAMPLES = examples(3, 8)
CAST = """
from accounts.models import User
from log.appending import Draft, append
from groups.services import create_group
User.objects.create_superuser("root")
for userid in ("alice", "bob"):
    User.objects.create_user(userid)
group = create_group("alice", ["bob"], "friends").pk
append([Draft("text", "bob", "alice", "hello", ""), Draft("held", "bob", "alice", "hello", "")])
append([Draft("text", "bob", group, "hello", "") for _ in range(10)])
"""
NUMBERS = st.one_of(st.integers(1, 13).map(str), st.sampled_from(["0", "-1", "9" * 18, "9" * 19, "\0", "x"]))
USERIDS = st.sampled_from(["alice", "bob", "root", "im66-desk", "nobody", "a_b", "\0", "\u202e", "a" * 65])
PARTS = {
    **dict.fromkeys(("entry", "message", "report", "rule"), NUMBERS),
    "group": st.sampled_from(["1", "1", "1", "2", "0", "x"]),
    "userid": USERIDS,
}


@pytest.mark.parametrize("mode", [pytest.param("open", marks=pytest.mark.wide), "token"])
def test_fuzzed_calls_match_the_openapi_document(make_server: MakeServer, mode: str) -> None:
    limits = {**WITHOUT_LIMITS, "IM66_LIMIT_GROUPS": "off", "IM66_LIMIT_MEMBERSHIPS": "off"}
    server = make_server(**limits, IM66_LIMIT_USERS="off", **(IN_TOKEN_MODE if mode == "token" else {}))
    server.run_python("from accounts.services import ensure_users; ensure_users(['alice', 'bob'])")
    calls = schemathesis.openapi.from_dict(document())
    calls.config.update(base_url=server.http)
    shown = "Userid bob" if mode == "open" else f"Bearer {token('bob')}"
    for call in calls.get_all_operations():
        fuzz(call.ok(), shown)  # type: ignore[union-attr]
    assert "Traceback" not in server.log.read_text()


def test_fuzzed_desk_calls_match_the_openapi_document(make_server: MakeServer) -> None:
    """For somebody who may do everything there, and does it to people, a group and messages that exist."""
    server = make_server(**WITHOUT_LIMITS, **IN_TOKEN_MODE)
    server.run_python(CAST)
    calls = schemathesis.openapi.from_dict(document())
    calls.config.update(base_url=server.http)
    for call in calls.include(path_regex="/moderation/").get_all_operations():
        fuzz(call.ok(), f"Bearer {token('root')}", PARTS)  # type: ignore[union-attr]
    assert "Traceback" not in server.log.read_text()


def fuzz(call: Any, shown: str, parts: Mapping[str, st.SearchStrategy[str]] = MappingProxyType({})) -> None:
    """`parts`: values of its path, of which some exist."""

    @hypothesis.settings(
        max_examples=EXAMPLES,
        deadline=None,
        database=None,
        suppress_health_check=list(hypothesis.HealthCheck),
    )
    @hypothesis.given(case=call.as_strategy(), data=st.data())
    def play(case: Any, data: st.DataObject) -> None:
        for name in sorted(set(parts).intersection(case.path_parameters or ())):
            case.path_parameters[name] = data.draw(parts[name])
        answer = case.call(headers={"Authorization": shown})
        case.validate_response(answer, checks=[not_a_server_error])
        if answer.status_code >= 400:
            error = answer.json()["error"]
            assert error["code"] == answer.status_code

    play()
