"""A conversation opens at the first unread message, and only displayed messages count as read."""

import asyncio
from collections.abc import Sequence

import pytest
from playwright.async_api import Route, expect

from testkit.device import Device
from testkit.server import Server
from tests.client.conftest import SIZES, Cast, SignIn
from tests.client.person import Person
from tests.client.slowly import SlowSocket, load_nothing_of, slow_down
from tests.client.writing import device, send, send_many

# The browser knows the height of each from its name. They are never loaded.
PICTURES = [("picture", f"/media/{number:032x}-640x800.png") for number in range(12)]
TALL = [("text", "\n".join(f"row {row} of {number}" for row in range(60))) for number in range(4)]
# What Chromium calls a page that nobody sees.
HIDE, SHOW = (
    f"""() => {{
        Object.defineProperty(document, "visibilityState", {{ value: "{state}", configurable: true }});
        document.dispatchEvent(new Event("visibilitychange"));
    }}"""
    for state in ("hidden", "visible")
)


async def on_screen(person: Person) -> list[int]:
    """Return the ids of the visible messages, and 0 if the unread line is visible."""
    ids: list[int] = await person.messages.evaluate(
        """(log) => {
            const { top, bottom } = log.getBoundingClientRect();
            return [...log.querySelectorAll(".stream-new, article")]
                .map((one) => [Number(one.dataset.id ?? 0), one.getBoundingClientRect()])
                .filter(([, box]) => box.bottom > top && box.top < bottom)
                .map(([id]) => id);
        }"""
    )
    return ids


async def sends(sender: Device, to: str, messages: Sequence[tuple[str, str]]) -> list[int]:
    return [await send(sender, to, kind, content) for kind, content in messages]


async def begins_at_the_line(alice: Person, bob: Device, last: int) -> None:
    """Check that the unread line is visible, and that Bob's read mark belongs to a visible message."""
    mark = await bob.event()
    await expect(alice.messages.get_by_text("New messages")).to_be_in_viewport()
    shown = await on_screen(alice)
    assert mark["ev"] == "read"
    assert shown[0] == 0 or 0 in shown
    assert mark["upto"] in shown
    assert mark["upto"] < last


@pytest.mark.core
@pytest.mark.parametrize("size", SIZES)
async def test_conversation_opens_at_the_first_unread_message(
    demo: Server, sign_in: SignIn, cast: Cast, size: dict[str, int]
) -> None:
    alice = await sign_in(cast("alice"), size=size)
    await load_nothing_of(alice, "**/media/**")
    await slow_down(alice)
    async with device(demo, cast("bob")) as bob, device(demo, cast("charlie")) as charlie:
        ids = await sends(bob, f"u:{alice.userid}", [*PICTURES, *TALL])
        await alice.open(f"u:{bob.userid}")
        await begins_at_the_line(alice, bob, ids[-1])

        await alice.page.goto("about:blank")
        ids = await sends(charlie, f"u:{alice.userid}", PICTURES)
        await alice.open(f"u:{charlie.userid}")
        await begins_at_the_line(alice, charlie, ids[-1])


async def test_conversation_opens_at_unread_messages_missing_from_the_list(
    demo: Server, sign_in: SignIn, cast: Cast
) -> None:
    alice = await sign_in(cast("alice"))
    socket = SlowSocket()
    await socket.install(alice)
    await alice.page.reload()
    await expect(alice.page.get_by_text("No conversations yet")).to_be_visible()
    async with device(demo, cast("bob")) as bob:
        # A first conversation, which it does not have.
        await come_unheard(alice, bob, socket, 40)

    for name, count in (("charlie", 40), ("dora", 120)):
        async with device(demo, cast(name)) as other:
            first = await other.text(f"u:{alice.userid}", "hello")
            await alice.call("PUT", f"conversations/u:{other.userid}/read", {"upto": first})
            assert (await other.event())["ev"] == "read"
            await alice.page.reload()
            await expect(alice.conversation(other.userid)).to_contain_text("hello")
            ids = await come_unheard(alice, other, socket, count)
            assert ids[0] in await on_screen(alice)


async def come_unheard(alice: Person, other: Device, socket: SlowSocket, count: int) -> list[int]:
    """Send messages that the page receives only after it has opened their conversation."""
    socket.hold()
    ids = await send_many(other, f"u:{alice.userid}", [f"line\nline\nline {n}" for n in range(count)])
    await alice.open(f"u:{other.userid}")
    await expect(alice.messages.get_by_text("New messages")).to_be_in_viewport()
    socket.release()
    await begins_at_the_line(alice, other, ids[-1])
    return ids


async def test_returning_to_the_tab_keeps_position_at_unread(
    demo: Server, sign_in: SignIn, cast: Cast
) -> None:
    alice = await sign_in(cast("alice"))
    async with device(demo, cast("bob")) as bob:
        await bob.text(f"u:{alice.userid}", "hello")
        await alice.open(f"u:{bob.userid}")
        assert (await bob.event())["ev"] == "read"

        await alice.page.evaluate(HIDE)
        ids = await send_many(bob, f"u:{alice.userid}", [f"line\nline\nline {n}" for n in range(40)])
        await alice.reads("line 39")
        await alice.page.evaluate(SHOW)

        await begins_at_the_line(alice, bob, ids[-1])

    # Pictures above and below, of which nothing tells how large they are, take another room once they are
    # there, and once they cannot be.
    answered = asyncio.Event()

    async def answer_later(route: Route) -> None:
        await answered.wait()
        await route.abort()

    async with device(demo, cast("charlie")) as charlie:
        await sends(charlie, f"u:{alice.userid}", PICTURES)
        await alice.page.route("**/media/**", answer_later)
        await alice.open(f"u:{charlie.userid}")
        mark = await charlie.event()
        while mark["upto"] == 0:
            mark = await charlie.event()
        top = "(log) => document.querySelector('.stream-new').getBoundingClientRect().top"
        before = await alice.messages.evaluate(top)

        answered.set()

        await expect(alice.messages.get_by_text("This picture cannot be shown.").first).to_be_visible()
        assert abs(await alice.messages.evaluate(top) - before) <= 2
