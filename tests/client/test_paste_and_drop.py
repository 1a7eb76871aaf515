"""Files that are pasted, or dropped onto a conversation."""

import base64

from playwright.async_api import FilePayload, Locator, expect

from testkit.device import Device
from testkit.server import Server
from tests.client.conftest import Cast, SignIn
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
    text = [
        {"name": file["name"], "type": file["mimeType"], "content": base64.b64encode(file["buffer"]).decode()}
        for file in files
    ]
    return await person.page.evaluate_handle(CARRIED, {"files": text, "texts": list(texts)})  # type: ignore[return-value]


async def paste(person: Person, *files: FilePayload, texts: tuple[str, ...] = ()) -> None:
    data = await carried(person, files, texts)
    await person.box.evaluate(PASTED, data)


async def drag(person: Person, event: str, *files: FilePayload) -> None:
    data = await carried(person, files)
    await person.messages.dispatch_event(event, {"dataTransfer": data})


def question(person: Person) -> Locator:
    return person.page.get_by_role("dialog")


async def test_pasted_file_is_confirmed_and_sent(sign_in: SignIn, cast: Cast, demo: Server) -> None:
    alice = await sign_in(cast("alice"))
    async with Device(demo.entry, cast("bob")) as bob:
        await alice.open(f"u:{bob.userid}")

        await paste(alice, png(40))
        await expect(question(alice)).to_contain_text("photo.png")
        await alice.page.keyboard.press("Enter")
        assert (await bob.message())["content"].endswith("-40x40.png")
        await expect(question(alice)).to_have_count(0)

        # What is not wanted is not sent.
        await paste(alice, png(40))
        await question(alice).get_by_role("button", name="Cancel").click()
        # A text with a picture of it is a text.
        await paste(alice, png(40), texts=("text/plain", "text/html"))
        await expect(question(alice)).to_have_count(0)
        await alice.write("never mind")
        assert (await bob.message())["content"] == "never mind"


async def test_dropped_files_ask_for_confirmation_too(sign_in: SignIn, cast: Cast, demo: Server) -> None:
    alice = await sign_in(cast("alice"))
    here = alice.page.get_by_text("Drop files here")
    async with Device(demo.entry, cast("bob")) as bob:
        await alice.open(f"u:{bob.userid}")

        await drag(alice, "dragenter", png(40))
        await expect(here).to_be_visible()
        await drag(alice, "dragleave", png(40))
        await expect(here).to_be_hidden()

        await drag(alice, "dragenter", png(40), png(50))
        await expect(here).to_be_visible()
        await drag(alice, "drop", png(40), png(50))
        await expect(here).to_be_hidden()
        await question(alice).get_by_role("button", name="Send").click()
        sizes = [(await bob.message())["content"].rpartition("-")[2] for _ in range(2)]
        assert sizes == ["40x40.png", "50x40.png"]

        # Anything can be dropped.
        await drag(alice, "drop", document())
        await question(alice).get_by_role("button", name="Send").click()
        assert (await bob.message())["file"]["name"] == "notes.pdf"

        # A picture of the page itself is not sent again.
        for event in ("dragstart", "dragenter", "drop"):
            await drag(alice, event, png(40))
        await expect(here).to_be_hidden()
        await expect(question(alice)).to_have_count(0)
