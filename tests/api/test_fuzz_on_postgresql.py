"""PostgreSQL takes other values than SQLite: no call fails there either."""

from collections.abc import Iterator

import pytest
import schemathesis

from accounts.api.document import document
from testkit.availability import unavailable
from testkit.server import WITHOUT_LIMITS, Server
from testkit.services import Postgres, Unavailable
from tests.api.test_fuzz import CAST, PARTS, fuzz
from tests.conftest import MakeServer
from tests.support.tokens import IN_TOKEN_MODE, token

pytestmark = [pytest.mark.slow, pytest.mark.wide]


@pytest.fixture
def server(make_server: MakeServer) -> Iterator[Server]:
    limits = {**WITHOUT_LIMITS, "IM66_LIMIT_GROUPS": "off", "IM66_LIMIT_MEMBERSHIPS": "off"}
    try:
        with Postgres() as postgres:
            server = make_server(**limits, **IN_TOKEN_MODE, DATABASE_URL=postgres.url)
            server.run_python(CAST)
            yield server
            server.stop()
    except Unavailable as reason:
        unavailable(str(reason))


@pytest.mark.parametrize(("userid", "paths"), [("bob", "/api/v1/(?!moderation/)"), ("root", "/moderation/")])
def test_fuzzed_calls_match_the_openapi_document_on_postgresql(
    server: Server, userid: str, paths: str
) -> None:
    calls = schemathesis.openapi.from_dict(document())
    calls.config.update(base_url=server.http)
    for call in calls.include(path_regex=paths).get_all_operations():
        fuzz(call.ok(), f"Bearer {token(userid)}", PARTS)  # type: ignore[union-attr]
    assert "Traceback" not in server.log.read_text()
