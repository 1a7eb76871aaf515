"""The screens of the client, and the steps that open each."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from playwright.async_api import Locator, expect

from tests.client.person import Person

Go = Callable[[Person], Awaitable[object]]

LONG_NAME = "Wolfeschlegelsteinhausenbergerdorff" * 2 + "和一个很长很长很长的中文名字再加一些字" + "x" * 7
RIGHT_TO_LEFT = "مرحبا بالجميع، هل نلتقي غدًا عند الساعة 10:30؟"
FAMILIES = "👨‍👩‍👧‍👦👩‍👩‍👦🏳️‍🌈👍🏽🇨🇳"
# As one word, it can be broken nowhere but inside.
HUGE = "длинноеслово" * 2_600


@dataclass(frozen=True, slots=True)
class Screen:
    name: str
    go: Go


def _menu(person: Person) -> Locator:
    return person.page.get_by_role("menu")


async def leave(person: Person) -> None:
    """Close what the screen has opened. Reloading the page would take as long as all the rest."""
    for opened in (person.page.get_by_role("dialog"), _menu(person)):
        if await opened.count():
            await person.page.keyboard.press("Escape")
            await expect(opened).to_have_count(0)
    for name in ("Close the panel", "Clear the search"):
        if await person.button(name).is_visible():
            await person.button(name).click()


async def _dialog_is_loaded(alice: Person) -> None:
    await expect(alice.page.locator("dialog:not(.later-dialog)")).to_be_visible()


async def _list(alice: Person) -> None:
    await alice.page.goto(f"{alice.url}/#/")
    await expect(alice.conversations.get_by_role("link").first).to_be_visible()


async def _group(alice: Person) -> None:
    await alice.open("g:2")
    await expect(alice.messages.get_by_role("article").last).to_be_visible()


async def _person(alice: Person) -> None:
    await alice.open("u:bob")
    await expect(alice.messages.get_by_role("article").last).to_be_visible()


async def _group_panel(alice: Person) -> None:
    await _group(alice)
    await alice.button("About this conversation").click()
    await expect(alice.page.get_by_role("list", name="Members").get_by_role("listitem")).to_have_count(4)


async def _person_panel(alice: Person) -> None:
    await _person(alice)
    await alice.button("About this conversation").click()
    await expect(alice.button("Block")).to_be_enabled()


async def _report(alice: Person) -> None:
    await _person_panel(alice)
    await alice.button("Report this person").click()
    await alice.confirm("Report")
    await expect(alice.page.get_by_role("dialog").get_by_role("alert")).to_be_visible()


async def _message_menu(alice: Person) -> None:
    await _person(alice)
    await alice.messages.get_by_role("article").last.click(button="right")
    await expect(_menu(alice)).to_be_visible()


async def _emotions(alice: Person) -> None:
    await _person(alice)
    await alice.button("Stickers").click()
    await expect(alice.button("Coffee")).to_be_visible()


async def _own_menu(alice: Person) -> None:
    await _list(alice)
    await alice.page.get_by_role("button", name="Alice").first.click()
    await expect(_menu(alice)).to_be_visible()


def _from_menu(entry: str) -> Go:
    async def go(alice: Person) -> None:
        await _own_menu(alice)
        await alice.choose(entry)
        await _dialog_is_loaded(alice)

    return go


async def _new_chat(alice: Person) -> None:
    await _list(alice)
    await alice.button("New chat").click()
    await _dialog_is_loaded(alice)


async def _new_group(alice: Person) -> None:
    await _new_chat(alice)
    dialog = alice.page.get_by_role("dialog")
    await dialog.get_by_text("Group", exact=True).click()
    await expect(dialog.get_by_label("Name of the group")).to_be_visible()


async def _search(alice: Person) -> None:
    await _list(alice)
    await alice.page.get_by_role("searchbox").first.fill("tea")
    await expect(alice.page.locator("mark").first).to_be_visible()


async def _empty_search(alice: Person) -> None:
    await _list(alice)
    await alice.page.get_by_role("searchbox").first.fill("zzzzqqq")
    await expect(alice.page.get_by_text("Nothing was found")).to_be_visible()


async def _no_conversations(charlie: Person) -> None:
    await charlie.page.goto(f"{charlie.url}/#/")
    await expect(charlie.conversations).to_be_visible()
    await expect(charlie.conversations.get_by_role("link")).to_have_count(0)


async def _no_such_group(charlie: Person) -> None:
    await charlie.page.goto(f"{charlie.url}/#/g/999999")
    await expect(charlie.page.get_by_text("There is no such group, or you are not in it.")).to_be_visible()


async def _extremes(charlie: Person) -> None:
    """Create extremely long names, texts and files."""
    await charlie.call("PATCH", "me", {"nickname": LONG_NAME})
    group = await charlie.make_group(LONG_NAME[::-1], f"{charlie.userid}-friend")
    broken = f"{charlie.url}/media/{'0' * 32}-640x360"
    for kind, content in (
        ("text", HUGE),
        ("text", RIGHT_TO_LEFT),
        ("text", FAMILIES),
        ("picture", f"{broken}.jpg"),
        ("video", f"{broken}.mp4"),
        ("audio", f"{charlie.url}/media/{'0' * 32}-3.mp3"),
        ("emotion", "~unheard-of"),
    ):
        await charlie.call("POST", f"conversations/{group}/messages", {"kind": kind, "content": content})
    poll = {"options": [HUGE[:100], LONG_NAME, "W" * 100, FAMILIES[:20]], "multiple": True}
    fields = {"kind": "poll", "content": LONG_NAME, "poll": poll}
    await charlie.call("POST", f"conversations/{group}/messages", fields)
    await charlie.open(group)
    await charlie.message(LONG_NAME).get_by_role("button", name=LONG_NAME).click()
    await expect(charlie.messages.get_by_text("~unheard-of")).to_be_visible()


async def _failed(charlie: Person) -> None:
    """Let all API calls fail."""
    await charlie.page.route("**/api/v1/**", lambda route: route.fulfill(status=500, body="oops"))
    await charlie.page.goto(f"{charlie.url}/#/")
    await charlie.reload_bare()
    await expect(charlie.button("Try again").first).to_be_visible()


async def _sign_in(charlie: Person) -> None:
    await charlie.page.unroute("**/api/v1/**")
    await charlie.page.goto(f"{charlie.url}/")
    await charlie.page.evaluate("sessionStorage.clear(), localStorage.clear()")
    await charlie.page.reload()
    await expect(charlie.page.get_by_role("textbox", name="User ID")).to_be_visible()


async def _new_poll(alice: Person) -> None:
    await _group(alice)
    await alice.button("More to send").click()
    await alice.choose("Poll")
    await alice.page.get_by_role("switch", name="Close at a time").click()
    await expect(alice.page.get_by_label("Closes")).to_be_visible()


async def _shortcuts(alice: Person) -> None:
    await _list(alice)
    await alice.page.keyboard.press("?")
    await expect(alice.page.get_by_role("dialog", name="Keyboard shortcuts")).to_be_visible()


# As Alice of the demo.
FOR_ALICE = (
    Screen("list", _list),
    Screen("group", _group),
    Screen("person", _person),
    Screen("group-panel", _group_panel),
    Screen("person-panel", _person_panel),
    Screen("report", _report),
    Screen("message-menu", _message_menu),
    Screen("emotions", _emotions),
    Screen("own-menu", _own_menu),
    Screen("profile", _from_menu("Profile")),
    Screen("settings", _from_menu("Settings")),
    Screen("contacts", _from_menu("Contacts")),
    Screen("blocked", _from_menu("Blocked people")),
    Screen("shortcuts", _shortcuts),
    Screen("new-poll", _new_poll),
    Screen("new-chat", _new_chat),
    Screen("new-group", _new_group),
    Screen("search", _search),
    Screen("nothing-found", _empty_search),
)

# As somebody who has just come. The last ones come last, for they leave something behind.
FOR_SOMEBODY_NEW = (
    Screen("no-conversations", _no_conversations),
    Screen("no-such-group", _no_such_group),
    Screen("extremes", _extremes),
    Screen("failed", _failed),
    Screen("sign-in", _sign_in),
)
