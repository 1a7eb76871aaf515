"""The page has texts of its own for failures, by their names."""

import re
from pathlib import Path

from accounts.codes import UNWANTED, Name

TOASTS = Path(__file__).resolve().parents[2] / "static" / "im66" / "chat" / "state" / "toasts.js"


def test_the_page_explains_names_that_the_server_answers() -> None:
    explained = set(re.findall(r'case "(\w+)":', TOASTS.read_text()))
    assert explained - {"disconnected", UNWANTED} < {name.value for name in Name}
