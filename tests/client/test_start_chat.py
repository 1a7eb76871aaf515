"""Beginning a conversation with a person, or a group."""

import pytest
from playwright.async_api import Locator, expect

from testkit.axe import findings
from tests.client.conftest import SIZES, Cast, SignIn
from tests.client.person import Person

sizes = pytest.mark.parametrize("size", SIZES)


async def begin(person: Person, kind: str = "One person") -> Locator:
    """The dialog, open."""
    await person.button("New chat").click()
    dialog = person.page.get_by_role("dialog", name="New chat")
    await dialog.get_by_text(kind, exact=True).click()
    return dialog


@pytest.mark.core
@sizes
async def test_it_works(sign_in: SignIn, cast: Cast, size: dict[str, int]) -> None:
    alice, bob = await sign_in(cast("alice"), size=size), await sign_in(cast("bob"))
    await bob.call("PATCH", "me", {"nickname": f"Bobby {cast('n')}"})

    dialog = await begin(alice)
    await dialog.get_by_role("combobox").fill(f"bobby {cast('n')}")
    await expect(dialog.get_by_role("option")).to_have_count(1)
    assert await findings(alice.page) == []
    await dialog.get_by_role("option").click()

    await alice.write("Hello Bobby")
    await bob.conversation("Hello Bobby").wait_for()


async def test_by_userid_with_the_keyboard_alone(sign_in: SignIn, cast: Cast) -> None:
    alice, bob = await sign_in(cast("alice")), await sign_in(cast("bob"))
    await alice.page.keyboard.press("Alt+n")
    box = alice.page.get_by_role("dialog").get_by_role("combobox")
    await expect(box).to_be_focused()

    await box.fill(bob.userid)
    await box.press("Enter")

    await expect(alice.box).to_be_visible()
    assert alice.page.url.endswith(f"#/u/{bob.userid}")


async def test_in_open_mode_anybody_may_be_written_to(sign_in: SignIn, cast: Cast) -> None:
    alice = await sign_in(cast("alice"))

    box = (await begin(alice)).get_by_role("combobox")
    await box.fill(cast("newcomer"))
    await expect(alice.page.get_by_role("option")).to_contain_text("new user ID")
    await box.press("Enter")

    await alice.write("Welcome")
    await alice.reads("Welcome")


async def test_what_can_be_no_userid_is_nobody(sign_in: SignIn, cast: Cast) -> None:
    alice = await sign_in(cast("alice"))

    box = (await begin(alice)).get_by_role("combobox")
    await box.fill(cast("no_body"))
    await box.press("Enter")

    await expect(alice.page.get_by_role("alert").filter(has_text="nobody with this name")).to_be_visible()
    await alice.page.keyboard.press("Escape")
    await expect(alice.page.get_by_role("dialog")).to_have_count(0)
    await expect(alice.button("New chat")).to_be_focused()


@sizes
async def test_a_group_of_several(sign_in: SignIn, cast: Cast, size: dict[str, int]) -> None:
    alice, bob = await sign_in(cast("alice"), size=size), await sign_in(cast("bob"))
    charlie = await sign_in(cast("charlie"))

    dialog = await begin(alice, "Group")
    await dialog.get_by_role("textbox", name="Name of the group").fill("Hiking 周末爬山")
    members = dialog.get_by_role("combobox", name="Members")
    for one in (bob, charlie):
        await members.fill(one.userid)
        await members.press("Enter")
        await expect(dialog.get_by_role("button", name=f"Remove {one.userid}")).to_be_visible()
    assert await findings(alice.page) == []
    await dialog.get_by_role("button", name=f"Remove {charlie.userid}").click()
    await dialog.get_by_role("button", name="Create the group").click()

    await alice.write("Here we are")
    await bob.conversation("Hiking 周末爬山").wait_for()
    await expect(bob.conversation("Here we are")).to_be_visible()
    await expect(charlie.conversation("Hiking")).to_have_count(0)


async def test_what_a_group_lacks_is_said_at_its_place(sign_in: SignIn, cast: Cast) -> None:
    alice = await sign_in(cast("alice"))
    dialog = await begin(alice, "Group")
    name = dialog.get_by_role("textbox", name="Name of the group")

    await dialog.get_by_role("button", name="Create the group").click()
    await expect(name).to_have_accessible_description("A group needs a name.")
    await expect(dialog.get_by_role("combobox")).to_have_accessible_description("Choose somebody first.")

    # What only the server knows.
    await dialog.get_by_role("combobox").fill(cast("bob"))
    await dialog.get_by_role("combobox").press("Enter")
    await dialog.get_by_role("button", name=f"Remove {cast('bob')}").wait_for()
    await name.fill("x" * 5000)
    await dialog.get_by_role("button", name="Create the group").click()
    await expect(name).to_have_accessible_description("The name is longer than 100 characters.")
