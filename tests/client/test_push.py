"""Push notifications while no page is open."""

from typing import Any

from playwright.async_api import expect

from testkit.server import Server
from tests.client.conftest import Cast, SignIn
from tests.client.person import Person

# A browser without a window knows no push service, so this stands for one.
SERVICE = """
window.Notification = class {
  static permission = "granted";
  static async requestPermission() { return this.permission; }
};
const kept = "push-service";
const subscription = (endpoint) => ({ endpoint, unsubscribe: async () => localStorage.removeItem(kept) });
PushManager.prototype.subscribe = async ({ applicationServerKey }) => {
  localStorage.setItem(kept, `https://push.example/%s/${applicationServerKey.length}`);
  return subscription(localStorage.getItem(kept));
};
PushManager.prototype.getSubscription = async () => {
  const endpoint = localStorage.getItem(kept);
  return endpoint ? subscription(endpoint) : null;
};
"""


async def settings(person: Person) -> None:
    await person.page.get_by_role("button", name="profile and settings").click()
    await person.choose("Settings")


async def subscribed(person: Person) -> None:
    """Turn on push notifications."""
    await person.context.add_init_script(SERVICE % person.userid)
    await person.page.reload()
    await settings(person)
    await person.page.get_by_role("switch", name="closed").click()
    await expect(person.page.get_by_role("switch", name="closed")).to_be_checked()


def known(demo: Server, person: Person) -> list[Any]:
    query = "SELECT token FROM notifications_pushdevice"
    return [url for (url,) in demo.query(query) if f"/{person.userid}/" in url]


async def test_push_subscription_lasts_until_switched_off_or_logged_out(
    sign_in: SignIn, cast: Cast, demo: Server
) -> None:
    alice = await sign_in(cast("alice"), service_workers="allow")
    switch = alice.page.get_by_role("switch", name="closed")
    # A browser that cannot says so.
    await alice.page.evaluate("delete window.PushManager")
    await settings(alice)
    await switch.click()
    await expect(alice.page.get_by_text("This browser doesn't support it.")).to_be_visible()
    await expect(switch).not_to_be_checked()

    await subscribed(alice)
    # The key of the server is a point of 65 bytes.
    assert known(demo, alice) == [f"https://push.example/{alice.userid}/87"]
    await switch.click()
    await expect(switch).not_to_be_checked()
    assert known(demo, alice) == []

    await switch.click()
    await expect(switch).to_be_checked()
    assert len(known(demo, alice)) == 1
    await alice.page.keyboard.press("Escape")
    await alice.page.get_by_role("button", name="profile and settings").click()
    await alice.choose("Sign out")
    await alice.page.get_by_role("textbox", name="User ID").wait_for()
    assert known(demo, alice) == []
