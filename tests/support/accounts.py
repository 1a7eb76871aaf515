"""Users who log in with a browser."""

from typing import Any

from django.test import Client

from accounts.authentication.passwords import Argon2Hasher

PASSWORD = "correct horse battery"
ALICE, BOB, CHARLIE = "alice", "bob", "charlie"
HOME, ELSEWHERE = "192.0.2.1", "198.51.100.7"


class QuickHasher(Argon2Hasher):
    """Argon2 with minimal cost, for quick tests."""

    time_cost = 1
    memory_cost = 8


# Only in the test process. Server processes hash as usual.
QUICK_HASHER = f"{__name__}.{QuickHasher.__name__}"


def send_login(client: Client, userid: str, password: str = PASSWORD, **more: Any) -> Any:
    """Send the login form, and return the response."""
    return client.post("/login/", {"username": userid, "password": password}, **more)


def is_let_in(userid: str, password: str = PASSWORD, address: str = HOME) -> bool:
    """Return whether a login from this address with a new browser succeeds."""
    client = Client(REMOTE_ADDR=address)
    send_login(client, userid, password)
    return who(client) == userid


def who(client: Client) -> str:
    """Return the userid that is logged in with this client, or empty."""
    response: str = client.session.get("_auth_user_id", "")
    return response


def text(response: Any) -> str:
    page: str = response.content.decode()
    return page
