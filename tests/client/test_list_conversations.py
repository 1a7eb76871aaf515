"""The list of conversations: the contents of its rows, and their actions."""

from pathlib import Path

import pytest
from playwright.async_api import Locator, WebSocketRoute, expect

from testkit.axe import findings
from testkit.device import Device
from testkit.server import WITHOUT_LIMITS, Server
from tests.client.conftest import PHONE, SIZES, Cast, SignIn
from tests.client.person import Person
from tests.client.test_away import NO_MORE_TIMERS
from tests.support.polling import until

sizes = pytest.mark.parametrize("size", SIZES)

# 500 people each write to alice; the last one last.
_MANY = """
from log.appending import Draft, append
from accounts.services import ensure_users
people = [f"p{n:03}" for n in range(500)]
ensure_users(["alice", *people])
append([Draft("text", one, "alice", f"hello from {one}", "") for one in people])
"""


# How many rows there are, drawn or not.
COUNT = "() => Number(document.querySelector('.rows .row').getAttribute('aria-setsize'))"
# How many rows are in sight, one below the other.
SEEN = """() => {
  const { top, bottom } = document.querySelector(".sidebar-rows").getBoundingClientRect();
  const rows = [...document.querySelectorAll(".rows .row")].map((row) => row.getBoundingClientRect());
  return rows.filter((row) => row.bottom > top && row.top < bottom).length;
}"""


def rows(person: Person) -> Locator:
    return person.conversations.get_by_role("link")


async def says(person: Person, to: str, *texts: str, by: str = "") -> None:
    for text in texts:
        await person.call("POST", f"conversations/{to}/messages", {"kind": "text", "content": text}, by=by)


@sizes
async def test_conversation_rows_show_last_message_author_and_unread_count(
    demo: Server, sign_in: SignIn, cast: Cast, size: dict[str, int]
) -> None:
    alice = await sign_in(cast("alice"), size=size)
    row = alice.conversation(cast("bob"))
    async with Device(demo.entry, cast("bob")) as bob:
        for text in ("Lunch at noon?", "Or at one?"):
            await bob.text(f"u:{alice.userid}", text)
        await expect(row).to_contain_text("Or at one?")
        await expect(row).to_contain_text("2 unread messages")
        await says(alice, f"u:{bob.userid}", "At noon.")
        await expect(row).to_contain_text("You: At noon.")
        assert await findings(alice.page) == []

        for kind, texts in (
            ("picture", "[Picture]"),
            ("audio", "[Voice message]"),
            ("video", "[Video]"),
            ("emotion", "[Sticker]"),
        ):
            await bob.call("send", to=f"u:{alice.userid}", kind=kind, content="smile")
            await expect(row).to_contain_text(texts)

        sent = await bob.text(f"u:{alice.userid}", "never mind")
        await expect(row).to_contain_text("never mind")
        await bob.call("recall", target=sent)
        await expect(row).to_contain_text("A message was recalled")
        await expect(row).not_to_contain_text("never mind")

        group = await alice.make_group("Hiking", bob.userid)
        await bob.text(group, "When do we meet?")
        await expect(alice.conversation("Hiking")).to_contain_text(f"{bob.userid}: When do we meet?")
        await bob.call("typing", to=group)
        await expect(alice.conversation("Hiking")).to_contain_text(f"{bob.userid} is writing…")


async def test_phone_list_has_a_hint_when_empty_a_touch_menu_and_drafts(sign_in: SignIn, cast: Cast) -> None:
    alice = await sign_in(cast("alice"), size=PHONE, has_touch=True)
    await alice.page.get_by_text("No conversations yet").wait_for()
    assert await findings(alice.page) == []
    await alice.button("Start a chat").click()
    dialog = alice.page.get_by_role("dialog", name="New chat")
    await expect(dialog).to_be_visible()
    await alice.page.keyboard.press("Escape")
    await expect(dialog).to_have_count(0)

    await says(alice, f"u:{cast('bob')}", "hello")
    link = alice.conversation(cast("bob"))
    await stay_on(alice, link)
    await expect(alice.page.get_by_role("menuitem", name="Mute")).to_be_visible()
    # It has not opened the conversation.
    await expect(link).to_be_visible()

    await alice.page.keyboard.press("Escape")
    await alice.open(f"u:{cast('bob')}")
    await alice.box.fill("half a thought")
    await alice.page.go_back()
    await expect(link).to_contain_text("[Draft] half a thought")


async def stay_on(person: Person, link: Locator) -> None:
    """Touch a row until its menu opens."""
    box = await link.bounding_box()
    assert box
    devtools = await person.context.new_cdp_session(person.page)
    finger = [{"x": box["x"] + 60, "y": box["y"] + 20}]
    await devtools.send("Input.dispatchTouchEvent", {"type": "touchStart", "touchPoints": finger})
    await person.page.get_by_role("menu").wait_for()
    await devtools.send("Input.dispatchTouchEvent", {"type": "touchEnd", "touchPoints": []})


async def test_list_retries_pins_mutes_and_moves_by_arrow_keys(
    demo: Server, sign_in: SignIn, cast: Cast
) -> None:
    alice = await sign_in(cast("alice"))
    await alice.page.route(
        "**/api/v1/conversations?folder=*", lambda route: route.fulfill(status=500, body="no")
    )
    await alice.reload_bare()
    await expect(alice.conversations).to_contain_text("could not be loaded")
    await alice.page.evaluate(NO_MORE_TIMERS)
    await alice.page.unroute("**/api/v1/conversations?folder=*")
    await alice.button("Try again").click()
    await expect(alice.conversations).to_contain_text("No conversations yet")

    for name in ("dora", "bob", "charlie"):
        await says(alice, f"u:{alice.userid}", "hello", by=cast(name))
    await alice.page.reload()
    bob = alice.conversation(cast("bob"))
    await expect(rows(alice).first).to_contain_text(cast("charlie"))
    await bob.click(button="right")
    await alice.choose("Pin to the top")
    await expect(rows(alice).first).to_contain_text(cast("bob"))
    await expect(rows(alice).first.get_by_role("img", name="Pinned")).to_be_visible()
    await bob.click(button="right")
    await alice.choose("Mute")
    await expect(rows(alice).first.get_by_role("img", name="Muted")).to_be_visible()

    await alice.page.reload()
    await expect(rows(alice).first).to_contain_text(cast("bob"))
    await rows(alice).first.focus()
    await alice.page.keyboard.press("ArrowDown")
    await expect(alice.conversation(cast("charlie"))).to_be_focused()
    await alice.page.keyboard.press("End")
    await expect(alice.conversation(cast("dora"))).to_be_focused()
    await alice.page.keyboard.press("Home")
    await alice.page.keyboard.press("Shift+F10")
    await alice.choose("Unmute")
    await expect(bob).to_be_focused()
    # The rows are one stop of the Tab key, besides the focused row's button.
    await alice.page.keyboard.press("Tab")
    await expect(alice.button(f"More about {cast('bob')}")).to_be_focused()
    await alice.page.keyboard.press("Shift+Tab")
    await alice.page.keyboard.press("Enter")
    await expect(bob).to_have_attribute("aria-current", "page")

    await bob.click(button="right")
    await alice.choose("Unpin")
    await expect(rows(alice).first).to_contain_text(cast("charlie"))


async def test_conversation_marked_as_read_stays_read_after_reload(sign_in: SignIn, cast: Cast) -> None:
    alice, bob = await sign_in(cast("alice")), cast("bob")
    await says(alice, f"u:{alice.userid}", "one", "two", by=bob)
    await lose_first(alice, '"read"')
    await expect(alice.conversation(bob)).to_contain_text("2 unread")

    await alice.conversation(bob).click(button="right")
    await alice.choose("Mark as read")

    await expect(alice.conversation(bob)).not_to_contain_text("unread")
    await alice.page.reload()
    await expect(alice.conversation(bob)).not_to_contain_text("unread")

    # What could not be sent shows in it.
    await alice.call("PUT", f"blocks/{alice.userid}", by=bob)
    await alice.open(f"u:{bob}")
    await alice.write("hello?")
    await expect(alice.conversation(bob).get_by_role("img", name="Not sent")).to_be_visible()


async def lose_first(person: Person, part: str) -> None:
    """Drop the page's first command that contains `part`."""
    lost: list[str | bytes] = []

    def route(page: WebSocketRoute) -> None:
        server = page.connect_to_server()

        def pass_on(frame: str | bytes) -> None:
            if not lost and part in str(frame):
                lost.append(frame)
            else:
                server.send(frame)

        page.on_message(pass_on)

    await person.page.route_web_socket("**/entry", route)
    await person.page.reload()


@sizes
async def test_500_conversations_load_on_scroll_and_are_all_searched(
    sign_in: SignIn, tmp_path: Path, size: dict[str, int]
) -> None:
    with Server(tmp_path, **WITHOUT_LIMITS) as server:
        server.run_python(_MANY)
        alice = await sign_in("alice", at=server, size=size)
        await expect(rows(alice)).to_have_count(50)
        await expect(rows(alice).first).to_contain_text("p499")
        async with Device(server.entry, "p100") as other:
            await other.text("u:alice", "moves to the top")
        await expect(rows(alice).first).to_contain_text("moves to the top")
        await expect(rows(alice).first).to_contain_text("2 unread messages")

        search = alice.page.get_by_role("searchbox", name="Search")
        await search.fill("p12")
        await expect(rows(alice)).to_have_count(10)
        await search.fill("")
        await expect(rows(alice)).to_have_count(51)

        await rows(alice).first.focus()
        last = alice.conversations.get_by_role("link").filter(has_text="hello from p000")
        for count in range(100, 501, 50):
            await alice.page.keyboard.press("End")
            await until(alice.page, f"() => ({COUNT})() >= {count}")
        await alice.page.keyboard.press("End")
        await expect(last).to_be_focused()
        await expect(last).to_be_in_viewport()
        assert await rows(alice).count() < 150
        # A row that has the focus stays, wherever one scrolls, and no row is missing on the way.
        scrolled = alice.page.locator(".sidebar-rows")
        for top in (20_000, 9_000, 0):
            await scrolled.evaluate("(place, top) => { place.scrollTop = top; }", top)
            await expect(last).to_be_focused()
            await until(alice.page, f"() => ({SEEN})() >= 8")
        await expect(rows(alice).first).to_contain_text("moves to the top")
        await alice.page.keyboard.press("ArrowUp")
        await expect(rows(alice).filter(has_text="hello from p001")).to_be_focused()
        await alice.page.keyboard.press("Home")
        await expect(rows(alice).first).to_be_focused()
        await expect(rows(alice).first).to_contain_text("moves to the top")
