"""Notifications of messages, in the system, in the title and in the icon."""

from typing import Any

from playwright.async_api import expect

from testkit.device import Device
from tests.client.conftest import Cast, SignIn
from tests.client.person import Person
from tests.support.polling import until

# A browser without a window shows none, so this keeps what would be shown.
RECORDER = """
window.told = [];
window.Notification = class {
  static permission = "%s";
  static async requestPermission() { return this.permission; }
  constructor(title, options) { this.title = title; Object.assign(this, options); window.told.push(this); }
  close() {}
};
"""
IN_BACKGROUND = "Object.defineProperty(document, 'visibilityState', { get: () => 'hidden' })"


def entry(person: Person) -> str:
    return person.url.replace("http", "ws") + "/entry"


async def with_notifications(person: Person, permission: str = "granted") -> None:
    """Turn notifications on."""
    await person.context.add_init_script(RECORDER % permission)
    await person.page.reload()
    await person.page.get_by_role("button", name="profile and settings").click()
    await person.choose("Settings")
    await person.page.get_by_role("switch", name="Notifications").click()


async def notifications(person: Person) -> list[dict[str, Any]]:
    value: list[dict[str, Any]] = await person.page.evaluate(
        "window.told.map(({ title, body, tag }) => ({ title, body, tag }))"
    )
    return value


async def until_notified(person: Person, count: int) -> list[dict[str, Any]]:
    await until(person.page, "count => window.told.length >= count", count)
    return await notifications(person)


async def test_join_request_shows_a_notification(sign_in: SignIn, cast: Cast) -> None:
    alice = await sign_in(cast("alice"))
    group = await alice.make_group("Hiking", cast("bob"))
    await alice.call("PATCH", f"groups/{group[2:]}", {"approval": True})
    link = await alice.call("POST", f"groups/{group[2:]}/links", {})
    await with_notifications(alice)
    await alice.call("POST", f"join/{link['code']}", by=cast("charlie"))
    assert await until_notified(alice, 1) == [
        {"title": "Hiking", "body": "1 person asks to join", "tag": f"im66/{group}/requests"}
    ]


async def test_background_messages_show_notifications(sign_in: SignIn, cast: Cast) -> None:
    alice = await sign_in(cast("alice"))
    group = await alice.make_group("Hiking", cast("bob"))
    await alice.call("PATCH", f"conversations/{group}", {"muted": True})
    await with_notifications(alice)
    await expect(alice.page.get_by_role("switch", name="Notifications")).to_be_checked()
    await alice.page.keyboard.press("Escape")

    async with Device(entry(alice), cast("bob")) as bob, Device(entry(alice), cast("charlie")) as charlie:
        # Not of those in a muted conversation.
        await bob.text(group, "quiet")
        await expect(alice.conversation("quiet")).to_be_visible()
        await bob.text(f"u:{alice.userid}", "Lunch at noon?")
        (one,) = await until_notified(alice, 1)
        assert (one["title"], one["body"]) == (cast("bob"), "Lunch at noon?")
        await alice.page.evaluate("window.told[0].onclick()")
        await alice.reads("Lunch at noon?")

        await bob.text(f"u:{alice.userid}", "seen")
        await alice.reads("seen")
        await charlie.text(f"u:{alice.userid}", "not seen")
        assert [one["body"] for one in await until_notified(alice, 2)][1:] == ["not seen"]
        await alice.page.evaluate(IN_BACKGROUND)
        await bob.text(f"u:{alice.userid}", "in the background")
        assert [one["body"] for one in await until_notified(alice, 3)][1:] == [
            "not seen",
            "in the background",
        ]


async def test_silent_message_shows_no_notification(sign_in: SignIn, cast: Cast) -> None:
    alice, bob = await sign_in(cast("alice")), await sign_in(cast("bob"))
    await with_notifications(alice)
    await bob.open(f"u:{alice.userid}")
    await bob.page.get_by_role("button", name="More to send").click()
    await bob.page.get_by_role("menuitem", name="Send without sound").click()
    await expect(bob.page.get_by_role("button", name="Send without sound")).to_be_visible()
    await bob.write("hush")
    await expect(bob.page.get_by_role("img", name="Sent without sound")).to_be_visible()
    await expect(alice.conversation("hush")).to_be_visible()
    await bob.write("loud again")
    assert [one["body"] for one in await until_notified(alice, 1)] == ["loud again"]


async def test_several_tabs_show_one_notification(sign_in: SignIn, cast: Cast) -> None:
    alice = await sign_in(cast("alice"))
    await with_notifications(alice)
    tab = await alice.new_tab(f"u:{cast('bob')}")

    async with Device(entry(alice), cast("bob")) as bob, Device(entry(alice), cast("charlie")) as charlie:
        # One tab shows it, so none tells.
        await bob.text(f"u:{alice.userid}", "seen in the other tab")
        await tab.reads("seen in the other tab")
        await charlie.text(f"u:{alice.userid}", "told once")
        assert [one["body"] for one in await until_notified(alice, 1)] == ["told once"]
    assert await notifications(tab) == []


async def test_unread_count_in_title_and_notifications_need_permission(sign_in: SignIn, cast: Cast) -> None:
    alice = await sign_in(cast("alice"))
    icon = alice.page.locator("link[rel=icon]")
    await expect(alice.page).to_have_title("im66")

    async with Device(entry(alice), cast("bob")) as bob:
        await bob.text(f"u:{alice.userid}", "one")
        await bob.text(f"u:{alice.userid}", "two")
        await expect(alice.page).to_have_title("(2) im66")
        url = str(await icon.get_attribute("href"))
        assert url.endswith("favicon-unread.svg")
        assert (await alice.page.request.get(f"{alice.url}{url}")).ok

    await alice.conversation(cast("bob")).click(button="right")
    await alice.choose("Mark as read")
    await expect(alice.page).to_have_title("im66")
    assert str(await icon.get_attribute("href")).endswith("favicon.svg")

    # The other ways to be told need a wish.
    await alice.page.add_init_script(RECORDER % "granted")
    await alice.page.reload()
    async with Device(entry(alice), cast("bob")) as bob:
        await bob.text(f"u:{alice.userid}", "hello")
    await expect(alice.conversation("hello")).to_be_visible()
    # By then it would have been told.
    await alice.page.evaluate("new Promise(resolve => setTimeout(resolve, 600))")
    assert await notifications(alice) == []

    await with_notifications(alice, "denied")
    await expect(alice.page.get_by_role("switch", name="Notifications")).not_to_be_checked()
    await expect(alice.page.get_by_text("Notifications are blocked.")).to_be_visible()
