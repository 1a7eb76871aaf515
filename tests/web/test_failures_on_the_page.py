"""The page has its own texts for errors, by their names."""

import re
from pathlib import Path

from accounts.codes import Cause, Name

TOASTS = Path(__file__).resolve().parents[2] / "static" / "im66" / "chat" / "state" / "toasts.js"


# Of these, the page shows what the server says of the case.
EXPECTED_NAMES = {"unknown_command", "invalid", "malformed", "log_in_first", "conflict", "too_late"}


def test_page_has_texts_for_all_error_names() -> None:
    explained = re.findall(r'case "(\w+)":', TOASTS.read_text())
    answered = {name.value for name in Name} | {cause.why for cause in Cause if cause.why}
    assert {*explained} == answered - EXPECTED_NAMES | {"disconnected"}
