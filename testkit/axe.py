"""Finds accessibility problems of a page with axe-core."""

from typing import Any, NamedTuple

from playwright.async_api import Page

from testkit.availability import unavailable
from testkit.node import NoNode, packages

IMPACTS = {"moderate", "serious", "critical"}

# Only violations: results that axe cannot decide are left to people. With `preload`, axe would add style
# sheets to the page, which the CSP would refuse. Only the rule for a locked orientation needs them.
_RUN = """async (within) => (await axe.run(
    within ?? document, { resultTypes: ['violations'], preload: false })).violations"""


class Finding(NamedTuple):
    """An axe rule that a page violates, with the selectors of the violating elements."""

    rule: str
    impact: str
    what: str
    selectors: list[str]


async def findings(page: Page, within: str | None = None) -> list[Finding]:
    """Return the violations of at least moderate impact, on the whole page or in the element `within`.

    If axe-core cannot be installed, call `unavailable`.
    """
    if not await page.evaluate("'axe' in window"):
        # The page's CSP would refuse a script element.
        await page.evaluate(source())
    violations = await page.evaluate(_RUN, within)
    return [_finding(violation) for violation in violations if violation["impact"] in IMPACTS]


def source() -> str:
    """Return the script of axe-core. If it cannot be installed, call `unavailable`."""
    try:
        return (packages() / "axe-core" / "axe.min.js").read_text()
    except NoNode as why:
        unavailable(str(why))


def _finding(violation: dict[str, Any]) -> Finding:
    selectors = [" ".join(map(str, node["target"])) for node in violation["nodes"]]
    return Finding(violation["id"], violation["impact"], violation["help"], selectors)
