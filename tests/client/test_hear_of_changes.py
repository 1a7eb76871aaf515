"""Changes of a group are shown among its messages."""

import json
from typing import Any
from urllib.request import Request, urlopen

from playwright.async_api import expect

from testkit.server import Server
from tests.client.conftest import Cast, SignIn
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


async def test_group_changes_reach_open_and_later_pages(demo: Server, sign_in: SignIn, cast: Cast) -> None:
    alice, bob, charlie = (cast(name) for name in ("alice", "bob", "charlie"))
    async with device(demo, charlie):
        pass  # From now on Charlie is somebody.
    group = call(demo, alice, "POST", "groups", {"name": "Friends", "members": [bob]})["id"]
    page = await sign_in(bob)
    await page.open(f"g:{group}")
    path = f"groups/{group}"

    call(demo, alice, "POST", f"{path}/members", {"userids": [charlie]})
    await expect(page.messages).to_contain_text(f"{alice} added {charlie}")
    call(demo, alice, "PATCH", path, {"name": "Old friends"})
    await expect(page.messages).to_contain_text(f"{alice} named the group “Old friends”")
    call(demo, alice, "PATCH", path, {"notice": "Be kind."})
    await expect(page.messages).to_contain_text(f"{alice} posted a notice: Be kind.")
    call(demo, alice, "PATCH", f"{path}/members/{bob}", {"role": "admin"})
    await expect(page.messages).to_contain_text("You are now an admin")
    call(demo, charlie, "DELETE", f"{path}/members/{charlie}")
    await expect(page.messages).to_contain_text(f"{charlie} left")

    await page.page.reload()
    await expect(page.messages).to_contain_text(f"{alice} started the group with you")
    await expect(page.messages).to_contain_text(f"{alice} added {charlie}")


async def test_new_member_sees_who_added_them_and_no_earlier_messages(
    demo: Server, sign_in: SignIn, cast: Cast
) -> None:
    alice, bob, charlie = (cast(name) for name in ("alice", "bob", "charlie"))
    page = await sign_in(charlie)
    group = call(demo, alice, "POST", "groups", {"name": "Friends", "members": [bob]})["id"]
    call(demo, alice, "POST", f"groups/{group}/members", {"userids": [charlie]})
    await page.open(f"g:{group}")

    await expect(page.messages).to_contain_text(f"{alice} added you")
    await expect(page.messages).not_to_contain_text("started the group")
