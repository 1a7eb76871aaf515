"""Writing to each other."""

import pytest
from playwright.async_api import expect

from tests.client.conftest import Cast, SignIn


@pytest.mark.core
async def test_it_works(sign_in: SignIn, cast: Cast) -> None:
    alice, bob = await sign_in(cast("alice")), await sign_in(cast("bob"))
    await alice.open(f"u:{bob.userid}")
    await bob.open(f"u:{alice.userid}")

    await alice.write("Lunch at noon?")
    await bob.reads("Lunch at noon?")
    await bob.write("Sure.")

    await alice.reads("Sure.")
    await alice.reads("Lunch at noon?")


async def test_another_tab_shows_the_same(sign_in: SignIn, cast: Cast) -> None:
    alice, bob = await sign_in(cast("alice")), await sign_in(cast("bob"))
    await bob.open(f"u:{alice.userid}")
    await alice.open(f"u:{bob.userid}")
    tab = await alice.new_tab(f"u:{bob.userid}")

    await tab.write("from the second tab")

    await bob.reads("from the second tab")
    await alice.reads("from the second tab")
    await tab.reads("from the second tab")


async def test_a_tab_takes_over_from_one_that_is_closed(sign_in: SignIn, cast: Cast) -> None:
    alice, bob = await sign_in(cast("alice")), await sign_in(cast("bob"))
    await bob.open(f"u:{alice.userid}")
    await alice.open(f"u:{bob.userid}")
    tab = await alice.new_tab(f"u:{bob.userid}")

    await alice.page.close()
    await tab.write("still here")
    await bob.write("so am I")

    await bob.reads("still here")
    await tab.reads("so am I")


async def test_a_blank_text_is_not_sent(sign_in: SignIn, cast: Cast) -> None:
    alice = await sign_in(cast("alice"))
    await alice.open(f"u:{cast('bob')}")

    await alice.write("   ")
    await alice.write("something")

    await alice.reads("something")
    await expect(alice.messages.get_by_role("article")).to_have_count(1)
