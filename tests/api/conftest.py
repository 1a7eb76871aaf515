"""Alice owns the group, Bob is a member of it, Charlie is outside. Everything in token mode, and
what is about proofs in open mode as well."""

from importlib.util import find_spec

import pytest
from pytest_django import Settings

from groups import services
from log.models import Group
from tests.support import moderators
from tests.support.api import Api
from tests.support.groups import ALICE, BOB, CHARLIE, NAME
from tests.support.settings import override
from tests.support.tokens import SECRET

# What makes nonsense or a client of the document is installed by `make check`.
collect_ignore = [] if find_spec("schemathesis") else ["test_fuzz.py", "test_fuzz_on_postgresql.py"]
collect_ignore += [] if find_spec("openapi_python_client") else ["test_generated_client.py"]


@pytest.fixture
def group(db: None) -> Group:
    """Without Charlie, who exists, though. With an empty audit log, which another test may have filled."""
    moderators.empty_audit_log()
    services.create_group(CHARLIE, [], "Charlie's own")
    return services.create_group(ALICE, [BOB], NAME)


in_both_modes = pytest.mark.parametrize("mode", ["open", "token"], indirect=True)


@pytest.fixture(params=["token", pytest.param("open", marks=pytest.mark.wide)])
def mode(request: pytest.FixtureRequest, group: Group, settings: Settings) -> str:
    override(settings, auth=request.param, token_secret=SECRET, token_leeway_seconds=0.0)
    return str(request.param)


@pytest.fixture
def alice(mode: str) -> Api:
    return Api(ALICE, has_token=mode == "token")


@pytest.fixture
def bob(mode: str) -> Api:
    return Api(BOB, has_token=mode == "token")


@pytest.fixture
def charlie(mode: str) -> Api:
    return Api(CHARLIE, has_token=mode == "token")
