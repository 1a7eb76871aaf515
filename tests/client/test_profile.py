"""The user's own name, picture and settings."""

import io
from typing import Any

from PIL import Image
from playwright.async_api import Locator, expect

from testkit.axe import findings
from tests.client.conftest import Cast, SignIn
from tests.client.person import Person


async def open_(person: Person, entry: str) -> Locator:
    """Open the dialog of this entry of the user's own menu."""
    await person.page.get_by_role("button", name="profile and settings").click()
    await person.choose(entry)
    return person.page.get_by_role("dialog")


def picture(width: int, height: int, format_: str = "PNG") -> bytes:
    """Return a picture whose left half is red and whose right half is blue."""
    image = Image.new("RGB", (width, height), "red")
    image.paste("blue", (width // 2, 0, width, height))
    file = io.BytesIO()
    image.save(file, format_)
    return file.getvalue()


async def choose(dialog: Locator, data: bytes, name: str = "me.png", type_: str = "image/png") -> None:
    file: Any = {"name": name, "mimeType": type_, "buffer": data}
    await dialog.locator("input[type=file]").set_input_files(file)


async def avatar(person: Person) -> Image.Image:
    url = (await person.call("GET", "me"))["avatar"]
    answer = await person.page.request.get(url)
    return Image.open(io.BytesIO(await answer.body()))


async def test_invalid_name_is_refused_and_avatar_is_cropped_and_removed(sign_in: SignIn, cast: Cast) -> None:
    alice, bob = await sign_in(cast("alice")), await sign_in(cast("bob"))
    dialog = await open_(alice, "Profile")
    assert await findings(alice.page) == []
    name = dialog.get_by_role("textbox", name="Nickname")

    await name.fill("Al\u200bice")
    await name.press("Enter")
    await expect(name).to_have_accessible_description("Holds characters that cannot be shown.")
    await name.fill("Alice 爱丽丝")
    await dialog.get_by_role("button", name="Save").click()

    await expect(alice.page.get_by_role("button", name="Alice 爱丽丝: profile and settings")).to_be_visible()
    await alice.call("POST", f"conversations/u:{bob.userid}/messages", {"kind": "text", "content": "hi"})
    await expect(bob.conversation("Alice 爱丽丝")).to_be_visible()

    before = (await alice.call("GET", "me"))["avatar"]
    await expect(dialog).to_have_count(0)
    dialog = await open_(alice, "Profile")
    remove = dialog.get_by_role("button", name="Remove picture")
    crop = dialog.get_by_role("img", name="The part that is shown")

    await choose(dialog, b"not a picture")
    await expect(dialog.get_by_role("alert")).to_contain_text("cannot be read")
    await dialog.get_by_role("button", name="Back").click()
    await expect(dialog.get_by_role("textbox", name="Nickname")).to_be_visible()

    await choose(dialog, picture(1600, 800))
    await expect(crop).to_be_focused()
    assert await findings(alice.page) == []
    # What is in the middle moves to the right, until only the left half is shown.
    for _ in range(12):
        await crop.press("ArrowRight")
    await dialog.get_by_role("button", name="Use this picture").click()
    await expect(remove).to_be_visible()
    made = (await avatar(alice)).convert("RGB")
    assert made.width == made.height <= 512
    assert made.getpixel((made.width - 8, made.height // 2)) == (255, 0, 0)

    await remove.click()
    await expect(remove).to_have_count(0)
    assert (await alice.call("GET", "me"))["avatar"] == before

    # By mouse.
    await choose(dialog, picture(800, 800, "JPEG"), "me.jpg", "image/jpeg")
    box = await crop.bounding_box()
    assert box
    await dialog.get_by_role("slider", name="Zoom").fill("4")
    mouse = alice.page.mouse
    await mouse.move(box["x"] + 250, box["y"] + 100)
    await mouse.down()
    await mouse.move(box["x"] + 50, box["y"] + 100, steps=5)
    await mouse.up()
    await dialog.get_by_role("button", name="Use this picture").click()
    await expect(remove).to_be_visible()
    made = (await avatar(alice)).convert("RGB")
    red, _, blue = made.getpixel((10, 10))  # type: ignore[misc]
    assert (made.size, red < 60, blue > 200) == ((200, 200), True, True)


async def test_menu_returns_focus_and_settings_apply_in_all_tabs(sign_in: SignIn, cast: Cast) -> None:
    alice = await sign_in(cast("alice"), color_scheme="dark")
    own = alice.page.get_by_role("button", name="profile and settings")
    first = alice.page.get_by_role("menuitem", name="Profile")
    await own.focus()

    await alice.page.keyboard.press("Enter")
    await expect(first).to_be_focused()
    await alice.page.keyboard.press("Escape")
    await expect(own).to_be_focused()
    await alice.page.keyboard.press("Enter")
    await expect(first).to_be_focused()
    await alice.page.keyboard.press("Enter")
    await alice.page.get_by_role("dialog", name="Profile").wait_for()
    await alice.page.keyboard.press("Escape")
    await expect(own).to_be_focused()

    # The system's colours, until others are chosen.
    page, tab = alice.page.locator("html"), await alice.new_tab()
    await expect(page).to_have_attribute("data-theme", "dark")
    for one in (alice, tab):
        await one.page.emulate_media(color_scheme="light")
        await expect(one.page.locator("html")).to_have_attribute("data-theme", "light")
    await alice.page.bring_to_front()
    dialog = await open_(alice, "Settings")
    assert await findings(alice.page) == []
    await dialog.get_by_text("Dark", exact=True).click()
    await dialog.get_by_text("简体中文", exact=True).click()
    await expect(alice.page.get_by_role("heading", name="设置")).to_be_visible()
    for one in (alice, tab):
        await expect(one.page.locator("html")).to_have_attribute("data-theme", "dark")
        await expect(one.page.get_by_role("button", name="发起聊天").first).to_be_attached()
    assert await findings(alice.page) == []

    # Before the large script is there, so that nothing white is seen first.
    await alice.page.route("**/chat.js", lambda route: route.abort())
    await alice.reload_bare()
    await expect(page).to_have_attribute("data-theme", "dark")
