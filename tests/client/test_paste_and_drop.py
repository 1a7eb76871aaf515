"""Files that are pasted, or dropped onto a conversation."""

import base64

import pytest
from playwright.async_api import FilePayload, Locator, expect

from testkit.device import Device
from testkit.server import Server
from tests.client.conftest import SIZES, Cast, SignIn
from tests.client.files import document, png
from tests.client.person import Person

# What a browser makes of files that come from elsewhere.
CARRIED = """({ files, texts }) => {
    const data = new DataTransfer();
    for (const { name, type, content } of files) {
        const bytes = Uint8Array.from(atob(content), (letter) => letter.charCodeAt(0));
        data.items.add(new File([bytes], name, { type }));
    }
    for (const type of texts) data.setData(type, "a text");
    return data;
}"""

PASTED = """(box, data) =>
    box.dispatchEvent(new ClipboardEvent("paste", { clipboardData: data, bubbles: true }))"""


async def carried(
    person: Person, files: tuple[FilePayload, ...], texts: tuple[str, ...] = ()
) -> dict[str, object]:
    said = [
        {"name": file["name"], "type": file["mimeType"], "content": base64.b64encode(file["buffer"]).decode()}
        for file in files
    ]
    return await person.page.evaluate_handle(CARRIED, {"files": said, "texts": list(texts)})  # type: ignore[return-value]


async def paste(person: Person, *files: FilePayload, texts: tuple[str, ...] = ()) -> None:
    data = await carried(person, files, texts)
    await person.box.evaluate(PASTED, data)


async def drag(person: Person, event: str, *files: FilePayload) -> None:
    data = await carried(person, files)
    await person.messages.dispatch_event(event, {"dataTransfer": data})


def question(person: Person) -> Locator:
    return person.page.get_by_role("dialog")


@pytest.mark.parametrize("size", SIZES)
async def test_it_works(sign_in: SignIn, cast: Cast, demo: Server, size: dict[str, int]) -> None:
    alice = await sign_in(cast("alice"), size=size)
    async with Device(demo.entry, cast("bob")) as bob:
        await alice.open(f"u:{bob.userid}")

        await paste(alice, png(40))
        await expect(question(alice)).to_contain_text("photo.png")
        await alice.page.keyboard.press("Enter")

        assert (await bob.message())["content"].endswith("-40x40.png")
    await expect(question(alice)).to_have_count(0)


async def test_what_is_not_wanted_is_not_sent(sign_in: SignIn, cast: Cast, demo: Server) -> None:
    alice = await sign_in(cast("alice"))
    async with Device(demo.entry, cast("bob")) as bob:
        await alice.open(f"u:{bob.userid}")

        await paste(alice, png(40))
        await question(alice).get_by_role("button", name="Cancel").click()
        await alice.write("never mind")

        assert (await bob.message())["content"] == "never mind"


async def test_a_text_with_a_picture_of_it_is_a_text(sign_in: SignIn, cast: Cast, demo: Server) -> None:
    alice = await sign_in(cast("alice"))
    async with Device(demo.entry, cast("bob")) as bob:
        await alice.open(f"u:{bob.userid}")

        await paste(alice, png(40), texts=("text/plain", "text/html"))

        await expect(question(alice)).to_have_count(0)


async def test_dropped_files_are_asked_for_as_well(sign_in: SignIn, cast: Cast, demo: Server) -> None:
    alice = await sign_in(cast("alice"))
    async with Device(demo.entry, cast("bob")) as bob:
        await alice.open(f"u:{bob.userid}")

        await drag(alice, "dragenter", png(40), png(50))
        await expect(alice.page.get_by_text("Drop files here")).to_be_visible()
        await drag(alice, "drop", png(40), png(50))
        await expect(alice.page.get_by_text("Drop files here")).to_be_hidden()
        await question(alice).get_by_role("button", name="Send").click()

        sizes = [(await bob.message())["content"].rpartition("-")[2] for _ in range(2)]
        assert sizes == ["40x40.png", "50x40.png"]


async def test_a_file_that_is_dragged_away_leaves_nothing(sign_in: SignIn, cast: Cast, demo: Server) -> None:
    alice = await sign_in(cast("alice"))
    async with Device(demo.entry, cast("bob")) as bob:
        await alice.open(f"u:{bob.userid}")

        await drag(alice, "dragenter", png(40))
        await drag(alice, "dragleave", png(40))

        await expect(alice.page.get_by_text("Drop files here")).to_be_hidden()


async def test_a_picture_of_the_page_itself_is_not_sent_again(
    sign_in: SignIn, cast: Cast, demo: Server
) -> None:
    alice = await sign_in(cast("alice"))
    async with Device(demo.entry, cast("bob")) as bob:
        await alice.open(f"u:{bob.userid}")

        for event in ("dragstart", "dragenter", "drop"):
            await drag(alice, event, png(40))

        await expect(alice.page.get_by_text("Drop files here")).to_be_hidden()
        await expect(question(alice)).to_have_count(0)


async def test_what_cannot_be_sent_is_said_before(sign_in: SignIn, cast: Cast, demo: Server) -> None:
    alice = await sign_in(cast("alice"))
    async with Device(demo.entry, cast("bob")) as bob:
        await alice.open(f"u:{bob.userid}")

        await drag(alice, "drop", document())

        await expect(question(alice)).to_contain_text("This kind of file cannot be sent.")
        await expect(question(alice).get_by_role("button", name="Send")).to_be_disabled()
