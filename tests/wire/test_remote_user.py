"""A proxy says by a header who somebody is: only those in IM66_PROXIES, and only to begin a session."""

import http.client
from collections.abc import Iterator
from http.cookies import SimpleCookie

import pytest

from testkit.server import Server
from tests.support.tokens import IN_TOKEN_MODE

HEADER = "X-Remote-User"
SETTINGS = {**IN_TOKEN_MODE, "IM66_REMOTE_USER_HEADER": HEADER}
PEOPLE = """
from accounts.models import User
for userid in ("alice", "bob", "爱丽丝"):
    User.objects.create_user(userid)
User.objects.create_user("banned", is_active=False)
"""


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """The test is its proxy."""
    with Server(tmp_path_factory.mktemp("behind"), **SETTINGS, IM66_PROXIES="127.0.0.1") as server:
        server.run_python(PEOPLE)
        yield server


def ask(server: Server, path: str, *headers: tuple[str, str]) -> tuple[int, str, str]:
    """Status, the session that the answer begins, and the body."""
    connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=30)
    try:
        connection.putrequest("GET", path)
        for name, value in headers:
            connection.putheader(name, value.encode())
        connection.endheaders()
        answer = connection.getresponse()
        cookies = SimpleCookie("; ".join(answer.headers.get_all("Set-Cookie") or []))
        session = cookies["sessionid"].value if "sessionid" in cookies else ""
        return answer.status, session, answer.read().decode()
    finally:
        connection.close()


def who(server: Server, session: str, *more: tuple[str, str]) -> str:
    """Who calls the API from a page of ours with that session."""
    status, _, body = ask(
        server, "/api/v1/me", ("Cookie", f"sessionid={session}"), ("Origin", server.http), *more
    )
    return body.partition('"userid":"')[2].partition('"')[0] if status == 200 else str(status)


def test_proxy_header_begins_a_browser_session(server: Server) -> None:
    for userid in ("alice", "爱丽丝"):
        status, session, _ = ask(server, "/", (HEADER, userid))
        assert (status, who(server, session)) == (200, userid)
    _, alices, _ = ask(server, "/", (HEADER.lower(), "alice"))
    cookie = ("Cookie", f"sessionid={alices}")
    # The same name again begins nothing, another one begins another session, and ends the first.
    assert ask(server, "/", (HEADER, "alice"), cookie)[1] == ""
    _, bobs, _ = ask(server, "/", (HEADER, "bob"), cookie)
    assert (who(server, bobs), who(server, alices)) == ("bob", "401")


def test_proxy_header_without_a_session_authenticates_no_api_call(server: Server) -> None:
    for path in ("/api/v1/me", "/querymygrps?userid=alice"):
        status, session, body = ask(server, path, (HEADER, "alice"), ("Origin", server.http))
        assert session == ""
        assert status == 401 or '"code":4' in body.replace(" ", "")


def test_banned_or_unknown_remote_user_is_refused(server: Server) -> None:
    _, session, _ = ask(server, "/", (HEADER, "alice"))
    for userid in ("banned", "nobody", "im66-desk"):
        status, begun, body = ask(server, "/", (HEADER, userid), ("Cookie", f"sessionid={session}"))
        assert (status, begun) == (403, ""), userid
        assert ("This account is locked." if userid != "nobody" else "There is no such user.") in body
        assert who(server, session) == "401"
        _, session, _ = ask(server, "/", (HEADER, "alice"))
    for value in ("", "a_b", "alice, bob"):
        assert ask(server, "/", (HEADER, value))[1] == ""
    # One of them may be a client's.
    assert ask(server, "/", (HEADER, "alice"), (HEADER, "bob"))[1] == ""
    assert "Refused: a page by 'banned'" in server.log.read_text()


def test_user_header_from_an_unlisted_peer_is_ignored(tmp_path_factory: pytest.TempPathFactory) -> None:
    with Server(tmp_path_factory.mktemp("open"), **SETTINGS, IM66_PROXIES="10.0.0.7") as server:
        server.run_python(PEOPLE)
        for name in (HEADER, "X_Remote_User", "Remote-User"):
            status, session, _ = ask(server, "/", (name, "alice"), ("X-Forwarded-For", "10.0.0.7"))
            assert (status, session) == (302, "")
        assert "Nobody is signed in by it" in server.log.read_text()
