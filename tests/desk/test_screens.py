"""Every page of the desk, on a desk and on a phone, light and dark: nobody is kept out, and nothing is wider
than the screen. In the wide tier, pictures of them are kept in var/screens/, to be looked at."""

from typing import Any

import pytest
from playwright.async_api import Page, expect

from testkit.axe import findings
from tests.desk.conftest import DESK, PHONE, Enter
from tests.support.browser import keep_picture

SCREENS = {
    "dashboard": "/admin/",
    "people": "/admin/people/",
    "person": "/admin/people/u:bob/",
    "muted": "/admin/people/u:charlie/",
    "mute": "/admin/people/u:bob/mute/",
    "ban": "/admin/people/u:bob/ban/",
    "groups": "/admin/groups/",
    "group": "/admin/groups/2/",
    "dissolve": "/admin/groups/2/dissolve/",
    "messages": "/admin/messages/",
    "message": "/admin/messages/10/",
    "private": "/admin/messages/?person=alice&with=bob",
    "held": "/admin/held/",
    "rules": "/admin/rules/",
    "rules_add": "/admin/rules/add/",
    "rules_try": "/admin/rules/try/",
    "rules_dry_run": "/admin/rules/dry-run/?pattern=hello",
    "rule": "/admin/rules/1/",
    "rule_remove": "/admin/rules/1/remove/",
    "audit": "/admin/audit/",
    "addresses": "/admin/people/u:bob/addresses/",
    "reports": "/admin/reports/",
    "reports-none": "/admin/reports/?category=sexual&about=bob&group=2",
    "resolved": "/admin/reports/?state=resolved",
    "report": "/admin/reports/2/",
    "report-resolved": "/admin/reports/1/",
    "report-group": "/admin/reports/4/",
    "announcements": "/admin/announcements/",
    "announce": "/admin/announcements/make/",
    "endpoints": "/admin/notifications/endpoint/",
    "replay": "/admin/notifications/endpoint/1/replay/",
    "deliveries": "/admin/notifications/delivery/",
    "push-devices": "/admin/notifications/pushdevice/",
    "push-device": "/admin/notifications/pushdevice/1/change/",
    "users": "/admin/accounts/user/",
    "user": "/admin/accounts/user/bob/change/",
    "role": "/admin/moderation/role/add/",
    "roles": "/admin/moderation/role/",
    "undo": "/admin/audit/1/undo/",
    "status": "/admin/status/",
    "holds": "/admin/holds/",
    "hold": "/admin/holds/make/",
    "reasons": "/admin/moderation/reasontemplate/",
}

# Each size and each scheme once; the other two pairs, and the other language, in the wide tier.
looks = pytest.mark.parametrize(
    "look",
    [
        pytest.param({"size": DESK, "color_scheme": "light"}, id="desk-light"),
        pytest.param({"size": PHONE, "color_scheme": "dark"}, id="phone-dark"),
        pytest.param({"size": DESK, "color_scheme": "dark"}, id="desk-dark", marks=pytest.mark.wide),
        pytest.param({"size": PHONE, "color_scheme": "light"}, id="phone-light", marks=pytest.mark.wide),
        pytest.param({"locale": "zh-CN"}, id="chinese", marks=pytest.mark.wide),
    ],
)


@looks
async def test_desk_pages_are_accessible_and_fit_the_screen(
    enter: Enter, look: dict[str, Any], request: pytest.FixtureRequest
) -> None:
    page = await enter("root", reduced_motion="reduce", **look)

    assert await _wrong(page, request.node.callspec.id, request.config) == {}
    assert await page.locator("html").get_attribute("lang") == ("zh-hans" if "locale" in look else "en")


async def test_wide_screens_show_every_column_of_lists(enter: Enter) -> None:
    page = await enter("root")
    for name in ("people", "groups", "group", "rules", "audit"):
        await page.goto(SCREENS[name])
        hidden = await page.locator(".desk-scroll").evaluate_all(
            "boxes => boxes.map((box) => box.scrollWidth - box.clientWidth)"
        )
        assert max(hidden) <= 0, name
    await expect(page.get_by_role("link", name="Undo").first).to_be_visible()


async def _wrong(page: Page, look: str, config: pytest.Config) -> dict[str, list[object]]:
    wrong_parts: dict[str, list[object]] = {}
    for name, address in SCREENS.items():
        await page.goto(address)
        await _look(page, name, look, config, wrong_parts)
    # What is asked before several reports are resolved, and what is wrong with what was sent.
    await page.goto("/admin/reports/")
    await page.locator(".desk-bulk [data-chooses]").check()
    await page.locator(".desk-bulk button").first.click()
    await _look(page, "reports-several", look, config, wrong_parts)
    await page.goto("/admin/reports/2/")
    await page.locator("form[action='#resolve']").evaluate("form => form.noValidate = true")
    await page.locator("form[action='#resolve'] button.default").click()
    await page.locator(".errorlist").first.wait_for()
    await _look(page, "report-wrong", look, config, wrong_parts)
    return wrong_parts


async def _look(
    page: Page, name: str, look: str, config: pytest.Config, wrong_parts: dict[str, list[object]]
) -> None:
    await keep_picture(page, f"moderation-{name}-{look}", config, full=True)
    complaints: list[object] = [*await findings(page), *await _too_wide(page)]
    if complaints:
        wrong_parts[name] = complaints


async def _too_wide(page: Page) -> list[str]:
    """What makes the page scroll sideways."""
    wrong_parts: list[str] = await page.evaluate(
        """() => document.documentElement.scrollWidth <= innerWidth ? [] :
            [...document.querySelectorAll('body *')]
                .filter((one) => one.getBoundingClientRect().right > innerWidth + 1)
                .map((one) => one.outerHTML.slice(0, 120))"""
    )
    return wrong_parts
