"""No token and no invitation is in any log, whatever a request or a frame holds."""

import logging
from urllib.parse import quote

import pytest

from im66.access_logs import WithoutTokens
from testkit import recordings
from testkit.phone import Phone
from testkit.server import Server
from testkit.uploading import form, request
from tests.support.tokens import IN_TOKEN_MODE, token
from tests.wire.test_token_login import answer, create

FORGED = "a-secret-that-somebody-else-has-made-up"
# A request, as it may be logged.
LINE = '%s - "%s %s HTTP/%s" %d'


def logged(message: str, *args: object) -> str:
    record = logging.LogRecord("any", logging.INFO, __file__, 1, message, args, None)
    assert WithoutTokens().filter(record)
    return record.getMessage()


@pytest.mark.parametrize(
    ("target", "shown"),
    [
        ("/grpinfo?access_token=a.b-c_d", "/grpinfo?access_token=…"),
        ("/grpinfo?groupid=1&access_token=a.b&x=y", "/grpinfo?groupid=1&access_token=…&x=y"),
        ("/grpinfo?access_token=a&access_token=b", "/grpinfo?access_token=…&access_token=…"),
        ("/grpinfo?access%5Ftoken=a", "/grpinfo?access%5Ftoken=…"),
        ("/grpinfo?access_token=", "/grpinfo?access_token=…"),
        ("/grpinfo?ACCESS_TOKEN=a.b", "/grpinfo?ACCESS_TOKEN=…"),
        ("/login/?next=/?access_token=a.b&x=y", "/login/?next=/?access_token=…&x=y"),
        ("/grpinfo?x=1%3Baccess_token=a.b", "/grpinfo?x=1%3Baccess_token=…"),
        ("/grpinfo?next=access%5Ftoken%3Da.b", "/grpinfo?next=access%5Ftoken%3D…"),
        ("/grpinfo;access_token=a.b", "/grpinfo;access_token=…"),
        ("//signup/a-b_c/", "//signup/…/"),
        ("/grpinfo?groupid=access_token", "/grpinfo?groupid=access_token"),
        ("/grpinfo", "/grpinfo"),
        ("/signup/a-b_c", "/signup/…"),
        ("/signup/a-b_c?next=/", "/signup/…?next=/"),
        ("/signup/", "/signup/"),
        ("/recover/a:b-c/", "/recover/…/"),
        ("/confirm/a:b-c", "/confirm/…"),
        ("/hooks/a-b_c", "/hooks/…"),
        # The pattern of a path, as refusals name it.
        ("/groups/<str:group>/hooks/<str:hook>", "/groups/<str:group>/hooks/<str:hook>"),
    ],
)
def test_secrets_in_urls_are_hidden_in_the_log(target: str, shown: str) -> None:
    assert (
        logged(LINE, "127.0.0.1:5", "GET", target, "1.1", 200) == f'127.0.0.1:5 - "GET {shown} HTTP/1.1" 200'
    )


def test_log_lines_without_urls_are_unchanged() -> None:
    assert logged("Started.") == "Started."
    assert logged("%(number)d", {"number": 7}) == "7"


@pytest.mark.slow
async def test_server_log_has_no_token_and_no_invitation(
    tmp_path_factory: pytest.TempPathFactory, picture: bytes
) -> None:
    server = Server(tmp_path_factory.mktemp("logs"), IM66_LOG_LEVEL="DEBUG", **IN_TOKEN_MODE)
    server.prepare()
    create(server, "alice")
    server.start()
    good, forged, late = token("alice"), token("alice", FORGED), token("alice", seconds=-60)
    for each in (good, forged, late):
        async with Phone(server.entry) as phone:
            await answer(phone, f"login_bob_{each}")
            await phone.send(f"login_alice_{each}")
            await answer(phone, f"logout_charlie_{each}")
            await answer(phone, f"nonsense_{each}")
        async with Phone(f"{server.entry}?access_token={each}") as phone:
            await answer(phone, "login_alice")
        bearer = {"Authorization": f"Bearer {each}"}
        for path in ("grpinfo", "nowhere", "upload/writev2", "upload/nowhere", "admin/x"):
            request(server, "GET", f"/{path}?groupid=1&access_token={each}", None, bearer)
            request(server, "GET", f"/{path}?groupid=1&access%5Ftoken={quote(each)}")
            request(server, "POST", f"/{path}", f"groupid=1&access_token={each}".encode(), bearer)
            request(server, "PUT", f"/{path}?access_token={each}", b"x", bearer)
        body, content_type = form(picture)
        request(server, "POST", f"/upload/writev2?access_token={each}", body, {"Content-Type": content_type})
    # Refused for want of a CSRF token.
    request(server, "POST", f"/signup/{FORGED}/", b"")
    server.stop()
    log = server.log.read_text()
    assert "/signup/…/" in log
    for each in (FORGED, good, forged, late):
        for part in each.split("."):
            # All have the same header.
            assert part not in log, log


@pytest.fixture(scope="module")
def picture() -> bytes:
    return recordings.photo(recordings.halves((200, 100)), "JPEG")
