"""People who log in with a browser."""

from typing import Any

from django.test import Client

PASSWORD = "correct horse battery"
ALICE, BOB, CHARLIE = "alice", "bob", "charlie"
HOME, ELSEWHERE = "192.0.2.1", "198.51.100.7"


def send_login(client: Client, userid: str, password: str = PASSWORD, **more: Any) -> Any:
    """What the form of the login page is answered."""
    return client.post("/login/", {"username": userid, "password": password}, **more)


def is_let_in(userid: str, password: str = PASSWORD, address: str = HOME) -> bool:
    """Whether somebody at this address gets in, with a browser that nobody has used before."""
    client = Client(REMOTE_ADDR=address)
    send_login(client, userid, password)
    return who(client) == userid


def who(client: Client) -> str:
    """Who is logged in with this browser; empty if nobody is."""
    found: str = client.session.get("_auth_user_id", "")
    return found


def text(response: Any) -> str:
    page: str = response.content.decode()
    return page
