"""The secrets of a server are rotated: what the old ones have signed counts as long as they are fallbacks."""

from collections.abc import Mapping

import pytest

from testkit.phone import Phone
from testkit.server import Server
from tests.conftest import MakeServer
from tests.support.operator import USERID, Operator
from tests.support.tokens import SECRET, token

pytestmark = pytest.mark.slow

KEY, NEW_KEY, NEW_SECRET = "k" * 50, "a new key " * 5, "a-new-secret-of-the-host-application"
BEFORE = {"IM66_AUTH": "token", "IM66_SECRET_KEY": KEY, "IM66_TOKEN_SECRET": SECRET}
AFTER = {**BEFORE, "IM66_SECRET_KEY": NEW_KEY, "IM66_TOKEN_SECRET": NEW_SECRET}
ROTATING = {**AFTER, "IM66_SECRET_KEY_FALLBACKS": KEY, "IM66_TOKEN_SECRET_FALLBACKS": SECRET}
BAD = "error_401_the token is not valid"


def phone_of(server: Server, session: str = "") -> Phone:
    headers = {"Cookie": f"sessionid={session}", "Origin": server.http} if session else {}
    return Phone(server.entry, additional_headers=headers)


async def log_in(server: Server, *, proof: str = "", session: str = "") -> None:
    """Returns when the login has taken effect."""
    async with phone_of(server, session) as phone:
        phone.userid = USERID
        await phone.send("_".join(filter(None, ("login", USERID, proof))))
        await phone.settle()


def restart(server: Server, settings: Mapping[str, str]) -> None:
    server.stop()
    server.environment.update(settings)
    server.start()


async def test_old_secrets_are_accepted_until_they_are_removed(make_server: MakeServer) -> None:
    server = make_server(**BEFORE)
    operator = await Operator.of(server)
    session, old = operator.session_key, token(USERID)

    restart(server, ROTATING)
    await log_in(server, proof=old)
    await log_in(server, session=session)
    new = server.manage("issuetoken", USERID).strip()
    assert server.manage("signsessions").startswith("1 browser session")

    restart(server, {**AFTER, "IM66_SECRET_KEY_FALLBACKS": "", "IM66_TOKEN_SECRET_FALLBACKS": ""})
    await log_in(server, proof=new)
    await log_in(server, session=session)
    async with phone_of(server) as phone:
        await phone.send(f"login_{USERID}_{old}")
        assert await phone.receive() == BAD
