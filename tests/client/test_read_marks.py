"""Read marks: displayed messages become read, and the other person sees it."""

import pytest
from playwright.async_api import expect

from testkit.server import Server
from tests.client.conftest import PHONE, Cast, SignIn
from tests.client.writing import device, send_many


@pytest.mark.core
async def test_visible_message_is_marked_read(sign_in: SignIn, cast: Cast) -> None:
    alice, bob = await sign_in(cast("alice")), await sign_in(cast("bob"), size=PHONE)
    await alice.open(f"u:{bob.userid}")
    await alice.write("Seen?")
    await expect(alice.message("Seen?").get_by_label("Sent", exact=True)).to_be_visible()

    await bob.open(f"u:{alice.userid}")

    await expect(alice.message("Seen?").get_by_label("Read", exact=True)).to_be_visible()


async def test_messages_out_of_sight_stay_unread(demo: Server, sign_in: SignIn, cast: Cast) -> None:
    alice = await sign_in(cast("alice"))
    async with device(demo, cast("bob")) as bob:
        ids = await send_many(bob, f"u:{alice.userid}", [f"line\nline\nline {n}" for n in range(40)])
        await alice.open(f"u:{bob.userid}")
        mark = await bob.event()

        assert mark["ev"] == "read"
        assert ids[0] <= mark["upto"] < ids[-1]
        await alice.messages.evaluate(
            """async (log) => {
                while (!log.textContent.includes("line 39")) {
                    log.scrollTop = log.scrollHeight;
                    await new Promise(requestAnimationFrame);
                }
                log.scrollTop = log.scrollHeight;
            }"""
        )
        while mark["upto"] < ids[-1]:
            mark = await bob.event()

    async with device(demo, cast("charlie")) as charlie:
        first = await charlie.text(f"u:{alice.userid}", "first")
        await alice.open(f"u:{charlie.userid}")
        assert (await charlie.event())["upto"] == first

        ids = await send_many(charlie, f"u:{alice.userid}", [f"number {n}" for n in range(200)])
        marks = [await charlie.event()]
        while marks[-1]["upto"] < ids[-1]:
            marks.append(await charlie.event())

        assert len(marks) < 60
