"""A browser that speaks TLS to a proxy tells of https where the server sees http, if it believes no proxy."""

import re
from urllib.parse import urlencode

import pytest

from testkit.server import Server
from testkit.uploading import request
from tests.conftest import MakeServer

pytestmark = pytest.mark.slow

HOST, OURS, OTHERS = "chat.example", "https://chat.example", "https://elsewhere.example"
PASSWORD = "correct horse battery staple"
MAKE_ADMIN = f"from accounts.models import User; User.objects.create_superuser('admin', '{PASSWORD}')"
PAGE = "/admin/login/"


@pytest.fixture
def server(make_server: MakeServer) -> Server:
    server = make_server(IM66_PUBLIC_URL=OURS, IM66_ALLOWED_HOSTS=HOST)
    server.run_python(MAKE_ADMIN)
    return server


def log_in(server: Server, origin: str) -> int:
    """The status of the answer."""
    shown = request(server, "GET", PAGE, headers={"Host": HOST})
    match = re.search(r'name="csrfmiddlewaretoken" value="(\w+)"', shown.body.decode())
    assert match
    form = {"username": "admin", "password": PASSWORD, "csrfmiddlewaretoken": match[1], "next": "/admin/"}
    event = {
        "Host": HOST,
        "Origin": origin,
        "Cookie": shown.headers["Set-Cookie"].partition(";")[0],
        "Content-Type": "application/x-www-form-urlencoded",
    }
    return request(server, "POST", PAGE, urlencode(form).encode(), event).status


def test_login_from_our_page_is_accepted(server: Server) -> None:
    assert log_in(server, OURS) == 302


def test_login_from_another_page_is_rejected(server: Server) -> None:
    assert log_in(server, OTHERS) == 403
