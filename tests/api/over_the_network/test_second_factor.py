"""Codes of apps at two processes at once."""

import asyncio
import json
from base64 import b32decode
from time import time
from urllib.parse import urlencode

import pytest
from cryptography.hazmat.primitives.hashes import SHA1
from cryptography.hazmat.primitives.twofactor.totp import TOTP

from testkit.server import Server
from testkit.uploading import Fetched, request
from tests.api.over_the_network.conftest import Cast

_PASSWORD = "correct horse battery"
_SECRET = "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP"
_SET_UP = """
from accounts.models import User
from allauth.mfa.recovery_codes.internal.auth import RecoveryCodes
from allauth.mfa.totp.internal.auth import TOTP
import json
person = User.objects.create_user({userid!r}, {password!r})
TOTP.activate(person, {secret!r})
print(json.dumps(RecoveryCodes.activate(person).get_unused_codes()))
"""
_CSRF = "c" * 32


def posted(server: Server, path: str, session: str = "", **form: str) -> Fetched:
    headers = {
        "Content-Type": "application/x-www-form-urlencoded",
        "Cookie": f"csrftoken={_CSRF}; sessionid={session}",
        "X-CSRFToken": _CSRF,
        "Origin": server.http,
    }
    return request(server, "POST", path, urlencode(form).encode(), headers)


@pytest.mark.parametrize("place", ["two"], indirect=True)
async def test_one_time_code_works_once_across_processes(here: Server, there: Server, cast: Cast) -> None:
    made = here.run_python(_SET_UP.format(userid=cast.alice, password=_PASSWORD, secret=_SECRET))
    app = TOTP(b32decode(_SECRET), 6, SHA1(), 30, enforce_key_length=False)

    def begun(server: Server) -> str:
        answer = posted(server, "/login/", username=cast.alice, password=_PASSWORD)
        assert answer.headers["Location"] == "/factors/code/"
        cookies = answer.headers.get_all("Set-Cookie") or []
        return next(
            one.partition("=")[2].partition(";")[0] for one in cookies if one.startswith("sessionid=")
        )

    async def at_both(code: str) -> list[int]:
        tries = [(server, begun(server)) for server in (here, there)]
        calls = [asyncio.to_thread(posted, server, "/factors/code/", key, code=code) for server, key in tries]
        return sorted([one.status for one in await asyncio.gather(*calls)])

    assert await at_both(app.generate(int(time())).decode()) == [200, 302]
    assert await at_both(json.loads(made)[0]) == [200, 302]
