"""A phone with a shipped app and a browser in one conversation show each other's messages."""

import json
from pathlib import Path

import pytest
from playwright.async_api import expect

from testkit.app_rules import Outcome, extension
from testkit.phone_apps import Android17, App, AppSocket, IPhone
from testkit.recordings import film, halves, photo, tone
from testkit.server import ROOT, WITHOUT_LIMITS, Server
from tests.client.conftest import Cast, SignIn
from tests.client.files import mp3, mp4, png
from tests.client.person import Person
from tests.client.writing import stored

EMOTION = json.loads((ROOT / "static" / "im66" / "emotions" / "emotions.json").read_text())[0]
KINDS = ["text", "picture", "audio", "video", "emotion"]

apps = pytest.mark.parametrize("app", [Android17, IPhone])


class Listening:
    """The frames that an app has received."""

    def __init__(self, phone: App) -> None:
        self.frames: list[str] = []
        self._interpret = phone.interpret
        phone.interpret = self._on_frame  # type: ignore[method-assign]

    def _on_frame(self, frame: str) -> Outcome:
        self.frames.append(frame)
        return self._interpret(frame)


async def send_all_kinds(person: Person) -> None:
    await person.write("from the browser")
    await person.attach(png(64), mp3(), mp4(), caption="of today")
    await expect(person.messages.get_by_role("article")).to_have_count(5)
    await expect(person.messages.locator("[data-state=sending]")).to_have_count(0)
    await person.button("Stickers").click()
    picker = person.page.get_by_role("dialog", name="Stickers and emoji")
    await picker.get_by_role("button", name=EMOTION["en"], exact=True).click()
    await person.page.keyboard.press("Escape")


def of_all_kinds(server: Server) -> list[tuple[str, str]]:
    return [
        ("text", "from the phone"),
        ("picture", stored(server, "/upload/writev2", photo(halves((64, 40)), "PNG"))),
        ("audio", stored(server, "/upload/writev1", tone(2, container="wav", codec="pcm_s16le"))),
        ("video", stored(server, "/upload/writev3", film(container="mp4", codec="libx264"))),
        ("emotion", EMOTION["code"]),
    ]


async def send_as_phone(
    socket: AppSocket, to: str, type_: str, kinds_and_contents: list[tuple[str, str]]
) -> None:
    named = extension(socket.userid, to if type_ == "group" else None)
    for kind, content in kinds_and_contents:
        await socket.send(f"{kind}_{to}_{content}_{type_}_{named}")
    await socket.settle()


def is_legacy(frame: str) -> bool:
    return not frame.startswith(("{", "["))


@apps
async def test_shipped_app_and_browser_show_each_others_messages(
    sign_in: SignIn, cast: Cast, demo: Server, app: type[App]
) -> None:
    # Before there is a connection that would wait for it.
    all_kinds = of_all_kinds(demo)
    alice = await sign_in(cast("alice"))
    async with app(demo.entry, cast("bob")) as bob:
        listening = Listening(bob)
        await bob.newest.settle()
        await alice.open(f"u:{bob.userid}")
        await send_all_kinds(alice)
        await bob.shows(6)
        assert sorted(shown.kind for shown in bob.shown) == sorted([*KINDS, "text"])
        # A caption is a text of its own, after the last of its files.
        assert [shown.kind for shown in bob.shown][bob.contents.index("of today") - 1] == "video"

        group = await alice.make_group("Walkers", bob.userid)
        await alice.open(group)
        await alice.write("Who comes along?")
        await bob.shows(7)
        assert bob.contents[6:] == ["Who comes along?"]
        await send_as_phone(bob.newest, group[2:], "group", all_kinds)
        await alice.reads("from the phone")
        for kind in KINDS[1:]:
            await expect(alice.messages.locator(f"[data-kind={kind}]")).to_have_count(1)

        assert (bob.dropped, bob.crashes) == ([], [])
        assert listening.frames
        assert all(map(is_legacy, listening.frames))


async def test_shipped_app_and_browser_agree_with_the_shipped_profile(
    sign_in: SignIn, tmp_path: Path
) -> None:
    with Server(tmp_path, **WITHOUT_LIMITS, IM66_CLIENTS="shipped") as server:
        alice = await sign_in("alice", at=server)
        async with Android17(server.entry, "bob") as bob:
            listening = Listening(bob)
            await bob.newest.settle()
            await alice.open("u:bob")
            await alice.write("from the browser")
            await bob.shows(1)
            await bob.newest.text("alice", "from the phone", extension("bob"))

            await alice.reads("from the phone")
            assert all(map(is_legacy, listening.frames))
