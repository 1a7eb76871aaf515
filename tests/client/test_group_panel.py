"""What members see of a group beside its messages, and what they do there."""

import re

import pytest
from playwright.async_api import Locator, expect

from tests.client.conftest import SIZES, Cast, SignIn
from tests.client.person import Person

sizes = pytest.mark.parametrize("size", SIZES)


def panel(person: Person) -> Locator:
    return person.page.get_by_role("complementary", name="About this conversation")


def members(person: Person) -> Locator:
    return person.page.get_by_role("list", name="Members").get_by_role("listitem")


async def open_panel(person: Person, conversation: str) -> None:
    await person.open(conversation)
    await person.button("About this conversation").click()
    await expect(members(person).first).to_be_visible()


@pytest.mark.core
@sizes
async def test_it_works(sign_in: SignIn, cast: Cast, size: dict[str, int]) -> None:
    alice, bob = await sign_in(cast("alice"), size=size), cast("bob")
    await open_panel(alice, await alice.make_group("Friends", bob))

    await expect(members(alice)).to_have_text([re.compile(f"{alice.userid}.*Owner"), re.compile(bob)])
    await expect(panel(alice).get_by_text("No notice")).to_be_visible()

    await alice.button("Close the panel").click()
    await expect(panel(alice)).to_have_count(0)
    await expect(alice.box).to_be_visible()


async def test_a_new_name_is_shown_to_all(sign_in: SignIn, cast: Cast) -> None:
    alice, bob = await sign_in(cast("alice")), await sign_in(cast("bob"))
    group = await alice.make_group("Friends", bob.userid)
    await open_panel(alice, group)
    await bob.open(group)

    await alice.button("Edit: Name").click()
    await panel(alice).get_by_role("textbox", name="Name").fill("Old friends")
    await panel(alice).get_by_role("button", name="Save").click()

    await expect(bob.page.get_by_role("heading", name="Old friends")).to_be_visible()
    await expect(bob.conversation("Old friends")).to_be_visible()


async def test_a_notice_has_several_lines(sign_in: SignIn, cast: Cast) -> None:
    alice = await sign_in(cast("alice"))
    await open_panel(alice, await alice.make_group("Friends"))

    await alice.button("Edit: Notice").click()
    await panel(alice).get_by_role("textbox", name="Notice").fill("Be kind.\nBe on time.")
    await panel(alice).get_by_role("button", name="Save").click()

    notice = panel(alice).get_by_text("Be kind.")
    await expect(notice).to_be_visible()
    assert await notice.inner_text() == "Be kind.\nBe on time."


async def test_a_name_that_is_refused_can_be_mended(sign_in: SignIn, cast: Cast) -> None:
    alice = await sign_in(cast("alice"))
    await open_panel(alice, await alice.make_group("Friends"))

    await alice.button("Edit: Name").click()
    field = panel(alice).get_by_role("textbox", name="Name")
    await field.fill("  ")
    await field.press("Enter")
    await expect(panel(alice).get_by_role("alert")).to_be_visible()
    await field.fill("Better")
    await field.press("Enter")

    await expect(panel(alice).get_by_text("Better")).to_be_visible()


@sizes
async def test_people_are_added_by_name(sign_in: SignIn, cast: Cast, size: dict[str, int]) -> None:
    alice, charlie = await sign_in(cast("alice"), size=size), await sign_in(cast("charlie"))
    group = await alice.make_group("Friends", cast("bob"))
    await charlie.call("PATCH", "me", {"nickname": f"Charlie of {charlie.userid}"})
    await open_panel(alice, group)

    await alice.button("Add people").click()
    await alice.page.get_by_role("combobox", name="Name or user ID").fill(f"Charlie of {charlie.userid}")
    await alice.page.get_by_role("option").first.click()
    await alice.confirm("Add")

    await expect(members(alice)).to_have_count(3)
    await expect(charlie.conversation("Friends")).to_be_visible()


async def test_who_is_removed_no_longer_has_the_group(sign_in: SignIn, cast: Cast) -> None:
    alice, bob = await sign_in(cast("alice")), await sign_in(cast("bob"))
    group = await alice.make_group("Friends", bob.userid)
    await expect(bob.conversation("Friends")).to_be_visible()
    await open_panel(alice, group)

    await alice.button(f"What to do about {bob.userid}").click()
    await alice.choose("Remove from the group")
    await alice.confirm("Remove")

    await expect(members(alice)).to_have_count(1)
    await expect(bob.conversation("Friends")).to_have_count(0)


async def test_an_admin_is_made_and_unmade(sign_in: SignIn, cast: Cast) -> None:
    alice, bob = await sign_in(cast("alice")), cast("bob")
    await open_panel(alice, await alice.make_group("Friends", bob))
    row = members(alice).filter(has_text=bob)

    await alice.button(f"What to do about {bob}").click()
    await alice.choose("Make an admin")
    await expect(row.get_by_text("Admin")).to_be_visible()
    await alice.button(f"What to do about {bob}").click()
    await alice.choose("Make a plain member")

    await expect(row.get_by_text("Admin")).to_have_count(0)


async def test_the_group_is_handed_over(sign_in: SignIn, cast: Cast) -> None:
    alice, bob = await sign_in(cast("alice")), await sign_in(cast("bob"))
    group = await alice.make_group("Friends", bob.userid)
    await open_panel(alice, group)
    await open_panel(bob, group)

    await alice.button(f"What to do about {bob.userid}").click()
    await alice.choose("Hand the group over")
    await alice.confirm("Hand over")

    await expect(members(bob).filter(has_text=bob.userid)).to_contain_text("Owner")
    await expect(members(bob).filter(has_text=alice.userid)).not_to_contain_text("Owner")
    await expect(bob.button("Dissolve the group")).to_be_visible()
    await expect(alice.button("Dissolve the group")).to_have_count(0)


async def test_a_plain_member_is_offered_only_what_members_may(sign_in: SignIn, cast: Cast) -> None:
    alice, bob = await sign_in(cast("alice")), await sign_in(cast("bob"))
    group = await alice.make_group("Friends", bob.userid)

    await open_panel(bob, group)

    await expect(bob.button("Leave the group")).to_be_visible()
    await expect(bob.button(f"What to do about {alice.userid}")).to_have_count(0)
    await expect(bob.button("Dissolve the group")).to_have_count(0)


async def test_who_leaves_is_back_at_the_list(sign_in: SignIn, cast: Cast) -> None:
    alice, bob = await sign_in(cast("alice")), await sign_in(cast("bob"))
    group = await alice.make_group("Friends", bob.userid)
    await open_panel(alice, group)
    await open_panel(bob, group)

    await bob.button("Leave the group").click()
    await bob.confirm("Leave")

    await expect(bob.conversation("Friends")).to_have_count(0)
    await expect(bob.box).to_have_count(0)
    await expect(members(alice)).to_have_count(1)


async def test_a_dissolved_group_is_gone_for_all(sign_in: SignIn, cast: Cast) -> None:
    alice, bob = await sign_in(cast("alice")), await sign_in(cast("bob"))
    group = await alice.make_group("Friends", bob.userid)
    await expect(bob.conversation("Friends")).to_be_visible()
    await open_panel(alice, group)

    await alice.button("Dissolve the group").click()
    await alice.confirm("Dissolve")

    await expect(alice.conversation("Friends")).to_have_count(0)
    await expect(bob.conversation("Friends")).to_have_count(0)


async def test_a_group_is_pinned_and_muted(sign_in: SignIn, cast: Cast) -> None:
    alice = await sign_in(cast("alice"))
    group = await alice.make_group("Friends")
    await open_panel(alice, group)

    for switch in ("Pin to the top", "Mute notifications"):
        await alice.page.get_by_role("switch", name=switch).click()
        await expect(alice.page.get_by_role("switch", name=switch)).to_be_checked()

    said = await alice.call("GET", f"conversations/{group}")
    assert (said["pinned"], said["muted"]) == (True, True)


@pytest.mark.parametrize("conversation", ["g:999999", "g:nonsense"])
async def test_an_outsider_is_told_so(sign_in: SignIn, cast: Cast, conversation: str) -> None:
    charlie = await sign_in(cast("charlie"))

    await charlie.page.goto(f"{charlie.url}/#/g/{conversation[2:]}")

    await expect(charlie.page.get_by_text("There is no such group, or you are not in it.")).to_be_visible()
    await expect(charlie.box).to_have_count(0)


@sizes
async def test_a_long_name_hides_nothing_beside_it(sign_in: SignIn, cast: Cast, size: dict[str, int]) -> None:
    alice, bob = await sign_in(cast("alice"), size=size), await sign_in(cast("bob"))
    await bob.call("PATCH", "me", {"nickname": "W" * 96})
    group = await alice.make_group("Friends", bob.userid)
    await alice.call("PATCH", f"groups/{group[2:]}/members/{bob.userid}", {"role": "admin"})
    await open_panel(alice, group)

    row = members(alice).filter(has_text="WWW")

    for shown in (row.get_by_text("Admin"), row.get_by_role("button", name="What to do about")):
        box = await shown.bounding_box()
        assert box
        assert box["x"] + box["width"] <= size["width"]


async def test_who_is_added_again_sees_the_group_at_once(sign_in: SignIn, cast: Cast) -> None:
    alice, bob = await sign_in(cast("alice")), await sign_in(cast("bob"))
    group = await alice.make_group("Friends")
    await bob.page.goto(f"{bob.url}/#/g/{group[2:]}")
    await expect(bob.page.get_by_text("There is no such group, or you are not in it.")).to_be_visible()

    await alice.call("POST", f"groups/{group[2:]}/members", {"userids": [bob.userid]})

    await expect(bob.box).to_be_visible()
    await bob.write("back")
    await bob.reads("back")
