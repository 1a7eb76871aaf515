"""Pinned messages above the messages, and the readers of a message."""

import pytest
from playwright.async_api import expect

from tests.client.conftest import PHONE, Cast, SignIn
from tests.client.person import Person


async def act(person: Person, text: str, entry: str) -> None:
    """Choose an entry of a message's menu by keyboard."""
    await person.message(text).focus()
    await person.page.keyboard.press("m")
    await person.choose(entry)


@pytest.mark.core
async def test_pinned_message_is_shown_to_all_and_both_people_may_pin(sign_in: SignIn, cast: Cast) -> None:
    alice, bob = await sign_in(cast("alice")), await sign_in(cast("bob"), size=PHONE)
    group = await alice.make_group("Hiking", bob.userid)
    for text in ("meet at nine", *(f"line {number}" for number in range(60))):
        await alice.call("POST", f"conversations/{group}/messages", {"kind": "text", "content": text})
    await bob.open(group)
    await bob.message("line 59").focus()
    await bob.page.keyboard.press("m")
    await expect(bob.page.get_by_role("menuitem", name="Pin", exact=True)).to_have_count(0)
    await bob.page.keyboard.press("Escape")

    (first, *_) = (await alice.call("GET", f"conversations/{group}/messages?after=0"))["items"]
    await alice.call("PUT", f"conversations/{group}/pins", {"message": first["id"]})
    await alice.open(group)
    await act(alice, "line 59", "Pin")
    bar = bob.page.get_by_role("region", name="Pinned messages")
    await expect(bar).to_contain_text("line 59")
    await expect(bob.messages).to_contain_text(f"{alice.userid} pinned a message")
    await bar.get_by_role("button").first.click()
    await expect(bar).to_contain_text("meet at nine")
    await bar.get_by_role("button").first.click()
    await expect(bob.message("meet at nine")).to_be_in_viewport()

    await act(alice, "line 59", "Recall")
    await expect(bar).not_to_contain_text("of 2")
    await alice.button("All pins").click()
    unpin = alice.page.get_by_role("dialog").get_by_role("button", name="Unpin")
    await expect(unpin).to_have_count(1)
    await unpin.click()
    await expect(bar).to_have_count(0)

    # Either of two people pins, and sees that it was read.
    await alice.page.keyboard.press("Escape")
    await expect(alice.page.get_by_role("dialog")).to_have_count(0)
    sent = {"kind": "text", "content": "hello"}
    await alice.call("POST", f"conversations/u:{bob.userid}/messages", sent)
    await alice.open(f"u:{bob.userid}")
    await bob.open(f"u:{alice.userid}")
    await act(bob, "hello", "Pin")
    await expect(alice.page.get_by_role("region", name="Pinned messages")).to_contain_text("hello")
    await expect(alice.message("hello").get_by_label("Read")).to_be_visible()
