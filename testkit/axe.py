"""What keeps people out who see badly or have only a keyboard, as far as a program can find it: axe-core."""

from typing import Any, NamedTuple

from playwright.async_api import Page

from testkit.availability import unavailable
from testkit.node import NoNode, packages

IMPACTS = {"moderate", "serious", "critical"}

# Asked for by axe's own names. Only what fails: what axe cannot decide is left to people. Without `preload`
# axe writes no style sheets into the page, which its policy would refuse; only the rule for a locked
# orientation needs them.
_RUN = """async (within) => (await axe.run(
    within ?? document, { resultTypes: ['violations'], preload: false })).violations"""


class Finding(NamedTuple):
    """A rule of axe's that a page breaks. `selectors`: the elements that do."""

    rule: str
    impact: str
    what: str
    selectors: list[str]


async def findings(page: Page, within: str | None = None) -> list[Finding]:
    """What is moderate or worse, on the whole page or in the element `within`, as it is shown now.

    Ends the test as `unavailable` where axe-core is not installed and cannot be.
    """
    if not await page.evaluate("'axe' in window"):
        # A script element would need the page's policy to allow it.
        await page.evaluate(source())
    violations = await page.evaluate(_RUN, within)
    return [_read(violation) for violation in violations if violation["impact"] in IMPACTS]


def source() -> str:
    """The script of axe-core. Ends the test as `unavailable` where it is not installed and cannot be."""
    try:
        return (packages() / "axe-core" / "axe.min.js").read_text()
    except NoNode as why:
        unavailable(str(why))


def _read(violation: dict[str, Any]) -> Finding:
    selectors = [" ".join(map(str, node["target"])) for node in violation["nodes"]]
    return Finding(violation["id"], violation["impact"], violation["help"], selectors)
