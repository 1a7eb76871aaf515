"""Two people write to each other."""

import pytest

from tests.client.conftest import Cast, SignIn


@pytest.mark.core
async def test_messages_of_two_people_show_in_every_tab(sign_in: SignIn, cast: Cast) -> None:
    alice, bob = await sign_in(cast("alice")), await sign_in(cast("bob"))
    await alice.open(f"u:{bob.userid}")
    await bob.open(f"u:{alice.userid}")
    await alice.write("Lunch at noon?")
    await bob.reads("Lunch at noon?")
    await bob.write("Sure.")
    await alice.reads("Sure.")
    await alice.reads("Lunch at noon?")

    tab = await alice.new_tab(f"u:{bob.userid}")
    await tab.write("from the second tab")
    for person in (bob, alice, tab):
        await person.reads("from the second tab")

    # A tab takes over from one that is closed.
    await alice.page.close()
    await tab.write("still here")
    await bob.write("so am I")
    await bob.reads("still here")
    await tab.reads("so am I")
