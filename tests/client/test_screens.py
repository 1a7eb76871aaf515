"""Every screen on a desktop and on a phone, light and dark, is accessible and not wider than the screen.

In the wide tier, screenshots are saved in var/screens/.
"""

from typing import Any

import pytest

from testkit.axe import findings
from tests.client.conftest import DESK, PHONE, Cast, SignIn
from tests.client.person import Person
from tests.client.screens import FOR_ALICE, FOR_SOMEBODY_NEW, Screen, leave
from tests.support.browser import keep_picture

# Each size and each scheme once; the other two pairs in the wide tier.
looks = pytest.mark.parametrize(
    "look",
    [
        pytest.param({"size": DESK, "color_scheme": "light"}, id="desk-light"),
        pytest.param({"size": PHONE, "color_scheme": "dark"}, id="phone-dark"),
        pytest.param({"size": DESK, "color_scheme": "dark"}, id="desk-dark", marks=pytest.mark.wide),
        pytest.param({"size": PHONE, "color_scheme": "light"}, id="phone-light", marks=pytest.mark.wide),
    ],
)

# On each screen, what is wrong with it.
Wrong = dict[str, list[object]]


@looks
async def test_screens_are_accessible_and_fit_the_window(
    sign_in: SignIn, look: dict[str, Any], request: pytest.FixtureRequest
) -> None:
    alice = await sign_in("alice", reduced_motion="reduce", **look)

    assert await _wrong(alice, FOR_ALICE, request.node.callspec.id, request.config) == {}


@looks
async def test_unusual_screens_are_accessible_and_fit(
    sign_in: SignIn, cast: Cast, look: dict[str, Any], request: pytest.FixtureRequest
) -> None:
    charlie = await sign_in(cast("charlie"), reduced_motion="reduce", **look)

    assert await _wrong(charlie, FOR_SOMEBODY_NEW, request.node.callspec.id, request.config) == {}


async def _wrong(person: Person, screens: tuple[Screen, ...], look: str, config: pytest.Config) -> Wrong:
    results: Wrong = {}
    for screen in screens:
        await screen.go(person)
        await keep_picture(person.page, f"{screen.name}-{look}", config)
        texts: list[object] = [*await findings(person.page), *await _reaching_out(person)]
        if texts:
            results[screen.name] = texts
        await leave(person)
    return results


async def _reaching_out(person: Person) -> list[str]:
    """Return the controls and texts that are partly outside the screen."""
    value: list[str] = await person.page.evaluate(
        """() => [...document.querySelectorAll('button, a, input, textarea, h2, [role=article]')]
            .map(one => [one, one.getBoundingClientRect()])
            .filter(([, box]) => box.width > 0 && (box.left < -1 || box.right > innerWidth + 1))
            .map(([one]) => one.outerHTML.slice(0, 120))"""
    )
    return value
