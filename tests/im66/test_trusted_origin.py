"""A browser that speaks TLS to a proxy tells of https where the server sees http, if it believes no proxy."""

import re
from collections.abc import Iterator
from contextlib import closing
from http.client import HTTPConnection
from urllib.parse import urlencode

import pytest

from testkit.server import Server
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


@pytest.fixture
def browser(server: Server) -> Iterator[HTTPConnection]:
    with closing(HTTPConnection("127.0.0.1", server.port, timeout=30)) as connection:
        yield connection


def log_in(browser: HTTPConnection, origin: str) -> int:
    """The status of the answer."""
    browser.request("GET", PAGE, headers={"Host": HOST})
    shown = browser.getresponse()
    found = re.search(r'name="csrfmiddlewaretoken" value="(\w+)"', shown.read().decode())
    assert found
    form = {"username": "admin", "password": PASSWORD, "csrfmiddlewaretoken": found[1], "next": "/admin/"}
    cookie = shown.headers["Set-Cookie"].partition(";")[0]
    told = {
        "Host": HOST,
        "Origin": origin,
        "Cookie": cookie,
        "Content-Type": "application/x-www-form-urlencoded",
    }
    browser.request("POST", PAGE, urlencode(form), told)
    answer = browser.getresponse()
    answer.read()
    return answer.status


def test_who_comes_from_our_page_is_let_in(browser: HTTPConnection) -> None:
    assert log_in(browser, OURS) == 302


def test_who_comes_from_another_is_not(browser: HTTPConnection) -> None:
    assert log_in(browser, OTHERS) == 403
