"""A burst of messages is shown completely, each once. `python -m bench.browser` measures the time."""

from playwright.async_api import expect

from testkit.server import Server
from tests.client.conftest import Cast, SignIn
from tests.client.writing import device, send_many


async def test_burst_of_messages_is_shown_complete(demo: Server, sign_in: SignIn, cast: Cast) -> None:
    alice = await sign_in(cast("alice"))
    async with device(demo, cast("bob")) as bob:
        # Whoever opens at what is new stays there; who has seen all follows.
        await alice.open(f"u:{bob.userid}")
        await bob.text(f"u:{alice.userid}", "first")
        row = alice.conversation(bob.userid)
        await expect(row).to_contain_text("first")
        await expect(row).not_to_contain_text("unread")

        await send_many(bob, f"u:{alice.userid}", [f"burst {n:05}" for n in range(500)])

    await expect(alice.message("burst 00499")).to_be_in_viewport()
    ids = await alice.messages.get_by_role("article").evaluate_all(
        "all => all.map((one) => Number(one.dataset.id))"
    )
    assert ids == sorted(set(ids))
    # Of a long conversation only the end is kept: all of it up to here.
    shown = await alice.messages.get_by_role("article").evaluate_all(
        "all => all.map((one) => Number(/burst (\\d{5})/.exec(one.textContent)[1]))"
    )
    assert shown == list(range(500 - len(shown), 500))
    assert len(shown) >= 400
