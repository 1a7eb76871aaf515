"""People who log in with a browser."""

from typing import Any

from django.test import Client

from accounts.authentication.passwords import Argon2Hasher

PASSWORD = "correct horse battery"
ALICE, BOB, CHARLIE = "alice", "bob", "charlie"
HOME, ELSEWHERE = "192.0.2.1", "198.51.100.7"


class QuickHasher(Argon2Hasher):
    """As servers hash passwords, but with as little work as Argon2 takes."""

    time_cost = 1
    memory_cost = 8


# In the process of the tests. Servers, which are processes of their own, hash as always.
QUICK_HASHER = f"{__name__}.{QuickHasher.__name__}"


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
    response: str = client.session.get("_auth_user_id", "")
    return response


def text(response: Any) -> str:
    page: str = response.content.decode()
    return page
