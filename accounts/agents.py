"""What a browser says of itself, in words that people know. Pure."""

import re
from typing import NamedTuple

# The first that is found counts: most browsers also name others whose pages they can show.
_BROWSERS = (
    ("MicroMessenger/", "WeChat"),
    ("DingTalk/", "DingTalk"),
    ("Lark/", "Feishu"),
    ("QQBrowser/", "QQ Browser"),
    ("UCBrowser/", "UC Browser"),
    ("HuaweiBrowser/", "Huawei Browser"),
    ("MiuiBrowser/", "Mi Browser"),
    ("SamsungBrowser/", "Samsung Internet"),
    ("Edg/", "Edge"),
    ("EdgA/", "Edge"),
    ("EdgiOS/", "Edge"),
    ("OPR/", "Opera"),
    ("Firefox/", "Firefox"),
    ("FxiOS/", "Firefox"),
    ("CriOS/", "Chrome"),
    ("Chrome/", "Chrome"),
    ("Safari/", "Safari"),
)
_SYSTEMS = (
    ("HarmonyOS", "HarmonyOS"),
    ("OpenHarmony", "HarmonyOS"),
    ("Android", "Android"),
    ("iPhone", "iPhone"),
    ("iPad", "iPad"),
    ("Windows", "Windows"),
    ("CrOS", "ChromeOS"),
    ("Mac OS X", "macOS"),
    ("Linux", "Linux"),
)
# What the others say: `python-requests/2.31`.
_PROGRAM = re.compile(r"([A-Za-z][A-Za-z0-9._-]{0,39})(?:/|$)")


class Agent(NamedTuple):
    """Empty: not known."""

    browser: str
    system: str


def read(text: str) -> Agent:
    """`text`: the value of the header, of any length that is kept."""
    return Agent(_first(_BROWSERS, text) or _program(text), _first(_SYSTEMS, text))


def _first(known: tuple[tuple[str, str], ...], text: str) -> str:
    return next((name for sign, name in known if sign in text), "")


def _program(text: str) -> str:
    found = _PROGRAM.match(text)
    return found[1] if found and found[1] != "Mozilla" else ""
