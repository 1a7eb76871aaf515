"""A content screen that replaces the moderators' rules."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager

from accounts import texts
from accounts.limits.steps import Steps, finish
from accounts.texts import Screen, ScreenVerdict, TextRefused
from log.rows import Recipient


class Rules:
    """Blocks, holds or masks texts that contain certain words.

    `asked` are the screened texts. `between` is called between the two steps of screening.
    """

    def __init__(self) -> None:
        self.checked: list[tuple[str, Recipient | None, str]] = []
        self.between: Callable[[], object] = bool

    def check(self, sender: str, to: Recipient | None, content: str) -> ScreenVerdict | None:
        return finish(self.steps(sender, to, content))

    def lets(self, to: Recipient | None, content: str) -> bool:
        self.checked.append(("", to, content))
        return not any(word in content for word in ("block", "hold", "mask"))

    def check_link(self, to: Recipient, address: str) -> ScreenVerdict | None:
        return None

    def steps(self, sender: str, to: Recipient | None, content: str) -> Steps[ScreenVerdict | None]:
        yield None
        self.between()
        self.checked.append((sender, to, content))
        if "block" in content:
            raise TextRefused
        if "hold" in content:
            return ScreenVerdict(content, is_held=True)
        return ScreenVerdict(content.replace("mask", "****")) if "mask" in content else None


@contextmanager
def rules_in_force() -> Iterator[Rules]:
    rules = Rules()
    with installed(rules):
        yield rules


@contextmanager
def installed(screen: Screen | None) -> Iterator[None]:
    """Install the screen inside the block. None installs no screen."""
    before = texts.screen
    texts.install_screen(screen)
    try:
        yield
    finally:
        texts.install_screen(before)
