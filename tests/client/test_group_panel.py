"""The panel of a group, and the actions of its members there."""

import re

from playwright.async_api import Locator, expect

from tests.client.conftest import DESK, Cast, SignIn
from tests.client.person import Person


def panel(person: Person) -> Locator:
    return person.page.get_by_role("complementary", name="About this conversation")


def members(person: Person) -> Locator:
    return person.page.get_by_role("list", name="Members").get_by_role("listitem")


async def open_panel(person: Person, conversation: str) -> None:
    await person.open(conversation)
    await person.button("About this conversation").click()
    await expect(members(person).first).to_be_visible()


async def test_owner_renames_group_adds_members_and_transfers_it(sign_in: SignIn, cast: Cast) -> None:
    alice, bob = await sign_in(cast("alice")), await sign_in(cast("bob"))
    charlie = await sign_in(cast("charlie"))
    await charlie.call("PATCH", "me", {"nickname": f"Charlie of {charlie.userid}"})
    group = await alice.make_group("Friends", bob.userid)
    await bob.open(group)
    await open_panel(alice, group)
    await expect(members(alice)).to_have_text([re.compile(f"{alice.userid}.*Owner"), re.compile(bob.userid)])
    await expect(panel(alice).get_by_text("No notice")).to_be_visible()

    # A name that is refused can be mended; the new one is shown to all.
    await alice.button("Edit: Name").click()
    field = panel(alice).get_by_role("textbox", name="Name")
    await field.fill("  ")
    await field.press("Enter")
    await expect(panel(alice).get_by_role("alert")).to_be_visible()
    await field.fill("Old friends")
    await panel(alice).get_by_role("button", name="Save").click()
    await expect(bob.page.get_by_role("heading", name="Old friends")).to_be_visible()
    await expect(bob.conversation("Old friends")).to_be_visible()
    # The others may hear of it before the answer is here.
    await expect(field).to_have_count(0)

    await alice.button("Edit: Notice").click()
    await panel(alice).get_by_role("textbox", name="Notice").fill("Be kind.\nBe on time.")
    await panel(alice).get_by_role("button", name="Save").click()
    notice = panel(alice).get_by_text("Be kind.")
    await expect(notice).to_be_visible()
    assert await notice.inner_text() == "Be kind.\nBe on time."

    await alice.button("Add people").click()
    await alice.page.get_by_role("combobox", name="Name or user ID").fill(f"Charlie of {charlie.userid}")
    await alice.page.get_by_role("option").first.click()
    await alice.confirm("Add")
    await expect(members(alice)).to_have_count(3)
    await expect(charlie.conversation("Old friends")).to_be_visible()

    await alice.button(f"Manage Charlie of {charlie.userid}").click()
    await alice.choose("Remove from the group")
    await alice.confirm("Remove")
    await expect(members(alice)).to_have_count(2)
    await expect(charlie.conversation("Old friends")).to_have_count(0)

    row = members(alice).filter(has_text=bob.userid)
    await alice.button(f"Manage {bob.userid}").click()
    await alice.choose("Make an admin")
    await expect(row.get_by_text("Admin")).to_be_visible()
    await alice.button(f"Manage {bob.userid}").click()
    await alice.choose("Remove as admin")
    await expect(row.get_by_text("Admin")).to_have_count(0)

    # A plain member is offered only what members may, until the group is handed over.
    await open_panel(bob, group)
    await expect(bob.button("Leave the group")).to_be_visible()
    await expect(bob.button(f"Manage {alice.userid}")).to_have_count(0)
    await expect(bob.button("Dissolve the group")).to_have_count(0)
    await alice.button(f"Manage {bob.userid}").click()
    await alice.choose("Transfer ownership")
    await alice.confirm("Transfer")
    await expect(members(bob).filter(has_text=bob.userid)).to_contain_text("Owner")
    await expect(members(bob).filter(has_text=alice.userid)).not_to_contain_text("Owner")
    await expect(bob.button("Dissolve the group")).to_be_visible()
    await expect(alice.button("Dissolve the group")).to_have_count(0)

    # Who leaves is back at the list.
    await alice.button("Leave the group").click()
    await expect(alice.page.get_by_role("dialog")).not_to_contain_text("becomes the owner")
    await alice.confirm("Leave")
    await expect(alice.conversation("Old friends")).to_have_count(0)
    await expect(alice.box).to_have_count(0)
    await expect(members(bob)).to_have_count(1)


async def test_notice_permission_applies_and_dissolved_group_disappears(sign_in: SignIn, cast: Cast) -> None:
    alice, bob = await sign_in(cast("alice")), await sign_in(cast("bob"))
    group = await alice.make_group("Friends", bob.userid)
    await open_panel(alice, group)
    await open_panel(bob, group)
    await panel(alice).get_by_text("Group settings").click()
    switch = alice.page.get_by_role("switch", name="Only owners and admins set the notice")
    await expect(switch).to_be_checked()
    await expect(bob.button("Edit: Name")).to_be_visible()
    await expect(bob.button("Edit: Notice")).to_have_count(0)
    await expect(bob.page.get_by_role("switch", name="Only owners")).to_have_count(0)

    await switch.click()

    await expect(switch).not_to_be_checked()
    await expect(bob.messages.get_by_text("All members can set the notice now")).to_be_visible()
    await bob.button("Edit: Notice").click()
    await panel(bob).get_by_role("textbox", name="Notice").fill("Be kind.")
    await panel(bob).get_by_role("button", name="Save").click()
    await expect(panel(alice).get_by_text("Be kind.")).to_be_visible()

    # What is refused meanwhile is told where it was written.
    await bob.button("Edit: Notice").click()
    await panel(bob).get_by_role("textbox", name="Notice").fill("Be late.")
    await alice.call("PATCH", f"groups/{group[2:]}", {"notice_by": "admins"})
    await expect(bob.messages.get_by_text("Only owners and admins can set the notice now")).to_be_visible()
    await expect(switch).to_be_checked()
    await panel(bob).get_by_role("button", name="Save").click()
    await expect(panel(bob).get_by_role("alert")).to_be_visible()
    await panel(bob).get_by_role("button", name="Cancel").click()
    await expect(bob.button("Edit: Notice")).to_have_count(0)
    await expect(panel(bob).get_by_text("Be kind.")).to_be_visible()

    # One's own choices, and then it is dissolved.
    for name in ("Pin to the top", "Mute notifications"):
        own = panel(alice).get_by_role("switch", name=name)
        await own.click()
        await expect(own).to_be_checked()
    reply = await alice.call("GET", f"conversations/{group}")
    assert (reply["pinned"], reply["muted"]) == (True, True)
    await alice.button("Close the panel").click()
    await expect(panel(alice)).to_have_count(0)
    await expect(alice.box).to_be_visible()

    await alice.button("About this conversation").click()
    await alice.button("Dissolve the group").click()
    await alice.confirm("Dissolve")

    await expect(alice.conversation("Friends")).to_have_count(0)
    await expect(bob.conversation("Friends")).to_have_count(0)


async def test_added_person_inherits_group_and_outsider_gets_an_error(sign_in: SignIn, cast: Cast) -> None:
    alice, bob = await sign_in(cast("alice")), await sign_in(cast("bob"))
    group = await alice.make_group("Friends")
    for groupid in ("nonsense", group[2:]):
        await bob.page.goto(f"{bob.url}/#/g/{groupid}")
        await expect(bob.page.get_by_text("There is no such group, or you are not in it.")).to_be_visible()
        await expect(bob.box).to_have_count(0)

    await alice.call("POST", f"groups/{group[2:]}/members", {"userids": [bob.userid]})

    await expect(bob.box).to_be_visible()
    await bob.write("back")
    await bob.reads("back")

    # A long name hides nothing that stands next to it.
    await bob.call("PATCH", "me", {"nickname": "W" * 96})
    await alice.call("PATCH", f"groups/{group[2:]}/members/{bob.userid}", {"role": "admin"})
    await open_panel(alice, group)
    row = members(alice).filter(has_text="WWW")
    for shown in (row.get_by_text("Admin"), row.get_by_role("button", name="Manage")):
        box = await shown.bounding_box()
        assert box
        assert box["x"] + box["width"] <= DESK["width"]

    # Its owner reads who takes over.
    await alice.button("Leave the group").click()
    await expect(alice.page.get_by_role("dialog")).to_contain_text(f"{'W' * 96} becomes the owner.")
    await alice.confirm("Leave")

    await bob.button("About this conversation").click()
    await expect(bob.button("Dissolve the group")).to_be_visible()
