"""Scrolling through a conversation."""

import json
from urllib.request import Request, urlopen

from playwright.async_api import expect

from testkit.server import Server
from tests.client.conftest import Cast, SignIn
from tests.client.writing import device, send_many


def read_all(server: Server, userid: str, conversation: str, upto: int) -> None:
    request = Request(
        f"{server.http}/api/v1/conversations/{conversation}/read",
        json.dumps({"upto": upto}).encode(),
        {"Authorization": f"Userid {userid}", "Content-Type": "application/json"},
        method="PUT",
    )
    urlopen(request).close()


async def written(server: Server, alice: str, bob: str, count: int, *, read: int) -> list[int]:
    """Have Bob write numbered messages, and Alice read `read` of them."""
    async with device(server, alice), device(server, bob) as writer:
        ids = await send_many(writer, f"u:{alice}", [f"number {n:05}" for n in range(count)])
    read_all(server, alice, f"u:{bob}", ids[read - 1])
    return ids


async def test_scrolling_reaches_from_unread_to_the_first_message(
    demo: Server, sign_in: SignIn, cast: Cast
) -> None:
    # More than are kept on the page.
    ids = await written(demo, cast("alice"), cast("bob"), 450, read=330)
    alice = await sign_in(cast("alice"))
    await alice.open(f"u:{cast('bob')}")
    await expect(alice.messages.get_by_text("New messages")).to_be_in_viewport()
    await expect(alice.message("number 00330")).to_be_in_viewport()
    await expect(alice.message("number 00449")).not_to_be_in_viewport()

    read_all(demo, cast("alice"), f"u:{cast('bob')}", ids[-1])
    await alice.page.reload()
    await expect(alice.message("number 00449")).to_be_in_viewport()
    await expect(alice.messages.get_by_text("New messages")).to_have_count(0)

    # Older ones come without a jump.
    await expect(alice.message("number 00400")).to_have_count(1)
    moved = await alice.page.evaluate(
        """async () => {
            const log = document.querySelector("[role=log]");
            const frame = () => new Promise(requestAnimationFrame);
            const first = () => Number(log.querySelector("article").dataset.id);
            // The top is where nothing but the page itself can keep the place.
            log.scrollTop = 0;
            const known = log.querySelector("article");
            const at = known.getBoundingClientRect().top;
            const before = first();
            while (first() === before) await frame();
            await frame(); await frame();
            return Math.round(known.getBoundingClientRect().top - at);
        }"""
    )
    assert abs(moved) <= 2

    await alice.page.evaluate(
        """async () => {
            const log = document.querySelector("[role=log]");
            while (!log.textContent.includes("number 00000")) {
                log.scrollTop -= 600;
                await new Promise(requestAnimationFrame);
            }
        }"""
    )
    shown = await alice.messages.get_by_role("article").evaluate_all(
        "all => all.map((one) => Number(/number (\\d{5})/.exec(one.textContent)[1]))"
    )
    assert shown == list(range(len(shown)))
    await alice.page.get_by_role("button", name="Jump to latest").click()
    await expect(alice.message("number 00449")).to_be_in_viewport()


async def test_new_messages_scroll_only_at_the_end(demo: Server, sign_in: SignIn, cast: Cast) -> None:
    await written(demo, cast("alice"), cast("bob"), 60, read=60)
    alice = await sign_in(cast("alice"))
    await alice.open(f"u:{cast('bob')}")
    await expect(alice.message("number 00059")).to_be_in_viewport()
    async with device(demo, cast("bob")) as bob:
        await send_many(bob, f"u:{alice.userid}", [f"followed {n}" for n in range(20)])
        await expect(alice.message("followed 19")).to_be_in_viewport()

        await alice.messages.evaluate("log => { log.scrollTop = log.scrollHeight / 3; }")
        jump = alice.page.get_by_role("button", name="Jump to latest")
        await jump.wait_for()
        read = alice.message("number 00030")
        await read.scroll_into_view_if_needed()
        await expect(alice.message("number 00000")).to_have_count(1)
        before = await read.bounding_box()
        await send_many(bob, f"u:{alice.userid}", ["more 1", "more 2", "more 3"])

    await expect(jump).to_have_accessible_name("Jump to latest, 3 new messages")
    after = await read.bounding_box()
    assert before
    assert after
    assert abs(after["y"] - before["y"]) <= 2
    await jump.click()
    await expect(alice.message("more 3")).to_be_in_viewport()
    await expect(jump).to_have_count(0)

    # Their author sees what was written, wherever the page is.
    await alice.messages.evaluate("log => { log.scrollTop = 0; }")
    await alice.write("here I am")
    await expect(alice.message("here I am")).to_be_in_viewport()
