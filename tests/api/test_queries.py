"""A query parameter that a call does not have is refused: ignored, it would mislead the caller."""

import re

from accounts.api.document import calls
from accounts.authentication import api_keys
from accounts.authentication.proofs import Scope
from tests.support.api import Api
from tests.support.groups import ALICE
from tests.support.moderators import staff

UNKNOWN = "page_size"


def test_every_api_call_rejects_unknown_parameters(mode: str) -> None:
    staff("root", "administrator")
    key = api_keys.make("all", tuple(Scope)).text
    people = [Api(userid, has_token=mode == "token") for userid in (ALICE, "root")]
    callers = [*people, Api("", authorization=f"Api-Key {key}")]
    for call in sorted(calls() | {"GET schema", "GET docs"}):
        method, _, path = re.sub(r"{.*?}", "1", call).partition(" ")
        answers = [api.send(method, f"{path}?{UNKNOWN}=1", "") for api in callers]
        # The others may not make this call.
        assert {answer.status for answer in answers} <= {400, 401, 403}, call
        fields = [answer.body["error"].get("fields", {}) for answer in answers]
        assert any(UNKNOWN in one for one in fields), (call, answers)
