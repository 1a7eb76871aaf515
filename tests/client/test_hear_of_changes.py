"""What happens to a group is told among its messages."""

import json
from typing import Any
from urllib.request import Request, urlopen

import pytest
from playwright.async_api import expect

from testkit.server import Server
from tests.client.conftest import SIZES, Cast, SignIn
from tests.client.writing import device


def call(server: Server, userid: str, method: str, path: str, body: dict[str, Any] | None = None) -> Any:
    request = Request(
        f"{server.http}/api/v1/{path}",
        None if body is None else json.dumps(body).encode(),
        {"Authorization": f"Userid {userid}", "Content-Type": "application/json"},
        method=method,
    )
    with urlopen(request) as answer:
        text = answer.read()
    return json.loads(text) if text else None


@pytest.mark.parametrize("size", SIZES)
async def test_it_works(demo: Server, sign_in: SignIn, cast: Cast, size: dict[str, int]) -> None:
    alice, bob, charlie = (cast(name) for name in ("alice", "bob", "charlie"))
    async with device(demo, charlie):
        pass  # From now on Charlie is somebody.
    group = call(demo, alice, "POST", "groups", {"name": "Friends", "members": [bob]})["id"]
    page = await sign_in(bob, size=size)
    await page.open(f"g:{group}")
    path = f"groups/{group}"

    call(demo, alice, "POST", f"{path}/members", {"userids": [charlie]})
    await expect(page.messages).to_contain_text(f"{alice} added {charlie}")
    call(demo, alice, "PATCH", path, {"name": "Old friends"})
    await expect(page.messages).to_contain_text(f"{alice} named the group “Old friends”")
    call(demo, alice, "PATCH", path, {"notice": "Be kind."})
    await expect(page.messages).to_contain_text(f"{alice} wrote a notice: Be kind.")
    call(demo, alice, "PATCH", f"{path}/members/{bob}", {"role": "admin"})
    await expect(page.messages).to_contain_text("You are now an admin")
    call(demo, charlie, "DELETE", f"{path}/members/{charlie}")
    await expect(page.messages).to_contain_text(f"{charlie} left")


async def test_whoever_comes_later_still_reads_it(demo: Server, sign_in: SignIn, cast: Cast) -> None:
    group = await group_that_grew(demo, cast)
    page = await sign_in(cast("bob"))
    await page.open(group)

    await expect(page.messages).to_contain_text(f"{cast('alice')} started the group with you")
    await expect(page.messages).to_contain_text(f"{cast('alice')} added {cast('charlie')}")


async def test_whoever_is_added_reads_by_whom_and_nothing_before(
    demo: Server, sign_in: SignIn, cast: Cast
) -> None:
    group = await group_that_grew(demo, cast)
    page = await sign_in(cast("charlie"))
    await page.open(group)

    await expect(page.messages).to_contain_text(f"{cast('alice')} added you")
    await expect(page.messages).not_to_contain_text("started the group")


async def group_that_grew(demo: Server, cast: Cast) -> str:
    """The conversation of a group that Alice has made with Bob, and to which she has added Charlie."""
    alice, bob, charlie = (cast(name) for name in ("alice", "bob", "charlie"))
    async with device(demo, charlie):
        pass  # From now on Charlie is somebody.
    group = call(demo, alice, "POST", "groups", {"name": "Friends", "members": [bob]})["id"]
    call(demo, alice, "POST", f"groups/{group}/members", {"userids": [charlie]})
    return f"g:{group}"
